import type { Local } from 'wasmati'
import type { FunctionBuilder, Term } from '../../assembly/function-builder.js'
import { add, callWith, mul, set, sub, when, type Word } from '../../assembly/words.js'
import { convolutionImports } from './convolution-core.js'

/** Words of the argument block that say how what an area of output places sees is reached. */
export const windowFields = [
  'isCopied',
  /** Source coordinates of what the first place sees through the top left corner of all taps. */
  'top',
  'left',
  /** Sizes of the window of a whole area. */
  'windowRows',
  'windowColumns',
  'windowPitch',
  'windowPlane',
  'stepBytes',
  'rowStep',
  'areaRows',
  'areaColumns',
] as const

export type WindowField = (typeof windowFields)[number]

/** Words about the planes of the source. */
export const sourceFields = [
  'channels',
  'sourceRows',
  'sourceColumns',
  /** Bytes of a row, a plane and a sample of the source. */
  'sourcePitch',
  'sourcePlane',
  'sourceSample',
  /** How far apart in the source are what neighbouring places see. */
  'strideRows',
  'strideColumns',
  /** Where in scratch copies of windows are. */
  'windowAt',
] as const

export type SourceField = (typeof sourceFields)[number]

/** An area of output places of one group of one sample. */
export interface WindowArea {
  readonly sample: Word
  readonly group: Word
  readonly row: Local
  readonly column: Local
  readonly rows: Local
  readonly columns: Local
}

/** What opening a window needs to read. */
export interface WindowReader {
  readonly builder: FunctionBuilder
  readonly itemBytes: number
  readonly scratch: Local
  readonly ofWindow: (name: WindowField) => Term
  readonly ofSource: (name: SourceField) => Term
}

/**
 * Points a local to what an area's first place sees through a tap of offset 0: into the source, or into a copy made now.
 *
 * @param reader - reads the argument block
 * @param area - the area
 * @param source - byte address of the first sample
 * @param window - set to the address
 */
export const openWindow = (
  { builder, itemBytes, scratch, ofWindow, ofSource }: WindowReader,
  area: WindowArea,
  source: Word,
  window: Local,
): void => {
  builder.scope(() => {
    const [planes, top, left] = [builder.local('i32'), builder.local('i32'), builder.local('i32')]
    const inGroup = mul(mul(area.group, ofSource('channels')), ofSource('sourcePlane'))
    set(planes, add(source, mul(area.sample, ofSource('sourceSample')), inGroup))
    set(top, add(mul(area.row, ofSource('strideRows')), ofWindow('top')))
    set(left, add(mul(area.column, ofSource('strideColumns')), ofWindow('left')))
    const extent = (count: Word, all: WindowField, ofArea: WindowField, stride: SourceField): Term =>
      sub(ofWindow(all), mul(sub(ofWindow(ofArea), count), ofSource(stride)))
    when(
      ofWindow('isCopied'),
      () => {
        set(window, add(scratch, ofSource('windowAt')))
        callWith(convolutionImports.copyWindow, [
          planes,
          ofSource('sourcePlane'),
          ofSource('sourcePitch'),
          ofSource('sourceRows'),
          ofSource('sourceColumns'),
          ofSource('channels'),
          window,
          ofWindow('windowPlane'),
          ofWindow('windowPitch'),
          ofSource('strideColumns'),
          ofWindow('stepBytes'),
          top,
          left,
          extent(area.rows, 'windowRows', 'areaRows', 'strideRows'),
          extent(area.columns, 'windowColumns', 'areaColumns', 'strideColumns'),
        ])
      },
      () => {
        set(window, add(planes, mul(top, ofSource('sourcePitch')), mul(left, itemBytes)))
      },
    )
  })
}
