import { i32, local, select, type Local } from 'wasmati'
import { branch } from '../assembly/branch.js'
import type { FunctionBuilder, Term } from '../assembly/function-builder.js'
import type { Lanes } from '../assembly/lanes.js'
import { readLocal } from '../assembly/library-function.js'
import { ExpressionCode, type Leaf } from '../expression-code.js'
import { ElementSources, found } from './element-sources.js'
import { limit } from './pieces.js'
import { rowOperandAt, rowWord } from './row-record.js'
import { type RunArguments, wordAt } from './space-walk.js'
import { operandBase, walkPlaces } from './walk-places.js'
import { rowHead, type RowLayout, type RowVariant } from './row-layout.js'

/** What leaves change with. */
export const changes = {
  /** The space: how many elements a row has. */
  space: 1,
  /** Along: the row. Across: the segment. */
  single: 2,
  /** Across: the row, one of many side by side. */
  column: 4,
  element: 8,
  /** The row, and there from stage `position` on. */
  stage: (position: number): number => 16 << position,
  /** All stages before one. */
  stagesBefore: (position: number): number => (16 << position) - 16,
} as const

/** What generated code for one chunk has at hand. */
export class RowContext {
  readonly lanes: Lanes
  readonly layout: RowLayout
  readonly variant: RowVariant
  readonly run: RunArguments
  readonly sources: ElementSources
  readonly code: ExpressionCode
  readonly record: Local<'i32'>
  /** First element and number of elements of the block of the inner axis. */
  readonly begin: Local<'i32'>
  readonly length: Local<'i32'>
  /** Segments of this chunk. */
  readonly segmentFrom: Local<'i32'>
  readonly segmentTo: Local<'i32'>
  /** Number of this part among the parts of a row (along) or of a block of rows (across). */
  readonly part: Local<'i32'>

  constructor(lanes: Lanes, layout: RowLayout, variant: RowVariant, run: RunArguments) {
    const { builder } = lanes
    this.lanes = lanes
    this.layout = layout
    this.variant = variant
    this.run = run
    this.record = builder.local('i32')
    this.begin = builder.local('i32')
    this.length = builder.local('i32')
    this.segmentFrom = builder.local('i32')
    this.segmentTo = builder.local('i32')
    this.part = builder.local('i32')
    this.sources = new ElementSources({
      lanes,
      cells: () => i32.add(run.parameters, rowHead.cellsAt),
      count: this.word(rowWord.count),
      changesWith: (leaf) => this.#changesWith(leaf),
    })
    this.code = new ExpressionCode(lanes, this.sources)
  }

  #changesWith(leaf: Leaf): number {
    switch (leaf.kind) {
      case 'input':
        if (this.isSingle(leaf.input)) return changes.single
        return this.isColumn(leaf.input) ? changes.column : changes.element
      case 'index':
        return changes.element
      case 'stage':
        return changes.stage(leaf.stage)
      case 'count':
        return changes.space
      case 'cell':
        return 0
    }
  }

  get builder(): FunctionBuilder {
    return this.lanes.builder
  }

  /** A word of the record. */
  word(position: number): Term {
    return wordAt(this.record, 4 * position)
  }

  /** Bytes from one element of an operand to the next along the inner axis. */
  step(operand: number): Term {
    return wordAt(this.record, rowOperandAt(operand) + 8)
  }

  /** Position among all operands of an output. */
  outputOperand(output: number): number {
    return this.layout.structure.inputs.length + output
  }

  /** Position among all operands of a coordinate. */
  axisOperand(axis: number): number {
    const { structure, axes } = this.layout
    return structure.inputs.length + structure.outputs.length + axes.indexOf(axis)
  }

  isSingle(input: number): boolean {
    return ((this.variant.single >>> input) & 1) === 1
  }

  isColumn(input: number): boolean {
    return ((this.variant.column >>> input) & 1) === 1
  }

  /** Whether a phase, counted as in `rowWord`, runs for this space; a space that is not split runs all of phase 0. */
  isPhase(phase: number): Term {
    return () => {
      i32.eq(this.run.phase, phase)
      this.word(rowWord.isSplit)()
      i32.eqz()
      i32.or()
    }
  }

  /** Whether this space is split and runs this phase. */
  isSplitPhase(phase: number): Term {
    return () => {
      i32.eq(this.run.phase, phase)
      this.word(rowWord.isSplit)()
      i32.and()
    }
  }

  /** Byte address in the shared scratch. */
  shared(wordOfOffset: number): Term {
    return () => {
      i32.load({ offset: rowHead.sharedAt }, this.run.parameters)
      this.word(wordOfOffset)()
      i32.add()
    }
  }

  /**
   * Emits a loop over the segments of this chunk.
   *
   * @param operands - which operands are walked
   * @param bases - where each is at the first segment
   * @param body - emits the code for one segment
   */
  forEachSegment(
    operands: readonly number[],
    bases: readonly Local<'i32'>[],
    body: (pointers: ReadonlyMap<number, Local<'i32'>>) => void,
  ): void {
    const { itemSizes } = this.layout
    walkPlaces(
      this.builder,
      {
        axes: () => {
          local.get(this.record)
          this.word(rowWord.segmentAxesAt)()
          i32.add()
        },
        axisCount: this.word(rowWord.segmentAxes),
        operandCount: itemSizes.length,
        operands: operands.map((operand) => ({ operand, base: readLocal(found(bases[operand], 'base')) })),
        from: readLocal(this.segmentFrom),
        to: readLocal(this.segmentTo),
      },
      (pointers) => {
        body(new Map(operands.map((operand, at) => [operand, found(pointers[at], 'pointer')])))
      },
    )
  }

  /**
   * Emits the loops over the chunks of the run and over the kept places of each.
   *
   * @param body - emits the code for one kept place; gets its number and the pointers of all operands
   */
  forEachKept(body: (kept: Local<'i32'>, pointers: readonly Local<'i32'>[]) => void): void {
    const { builder, record, begin, length, segmentFrom, segmentTo, part } = this
    const { parameters, phase, first, last } = this.run
    const { itemSizes } = this.layout
    const integer = (): Local<'i32'> => builder.local('i32')
    const [bounds, within, keptFrom, keptTo, perKept] = [integer(), integer(), integer(), integer(), integer()]
    const set = (target: Local<'i32'>, ...terms: readonly Term[]): void => {
      for (const term of terms) term()
      local.set(target)
    }
    const get = (source: Local<'i32'>): Term => readLocal(source)
    set(record, () => {
      i32.load({ offset: rowHead.recordAt }, parameters)
      local.get(parameters)
      i32.add()
    })
    // Phase 0, odd phases, even phases after 0.
    set(bounds, () => {
      i32.const(8)
      i32.const(16)
      i32.and(phase, 1)
      select()
      i32.const(0)
      local.get(phase)
      select()
    })
    const boundAt = (offset: number): void => {
      local.get(record)
      local.get(bounds)
      i32.add()
      i32.load({ offset })
    }
    builder.while(
      () => i32.lt_u(first, last),
      () => {
        builder.while(
          () => {
            local.get(first)
            boundAt(4)
            i32.ge_u()
          },
          () => set(record, get(record), this.word(rowWord.bytes), () => i32.add()),
        )
        set(
          within,
          get(first),
          () => boundAt(0),
          () => i32.sub(),
        )
        i32.and(phase, 1)
        branch(
          () => {
            local.set(segmentFrom, i32.const(0))
            local.set(segmentTo, i32.const(0))
            if (this.variant.isAcross) {
              set(part, get(within), this.word(rowWord.blocks), () => i32.rem_u())
              set(keptFrom, get(within), this.word(rowWord.blocks), () => i32.div_u())
            } else {
              local.set(part, i32.const(0))
              local.set(keptFrom, within)
            }
            set(begin, get(part), this.word(rowWord.blockElements), () => i32.mul())
            local.set(keptTo, i32.add(keptFrom, 1))
            local.set(part, i32.const(0))
          },
          () => {
            set(perKept, this.word(rowWord.blocks), this.word(rowWord.groups), () => i32.mul())
            set(
              keptFrom,
              get(within),
              get(perKept),
              () => i32.div_u(),
              this.word(rowWord.keptPerChunk),
              () => i32.mul(),
            )
            set(keptTo, get(keptFrom), this.word(rowWord.keptPerChunk), () => i32.add())
            limit(builder, keptTo, this.word(rowWord.kept))
            local.set(within, i32.rem_u(within, perKept))
            set(
              begin,
              get(within),
              this.word(rowWord.blocks),
              () => i32.rem_u(),
              this.word(rowWord.blockElements),
              () => i32.mul(),
            )
            set(segmentFrom, get(within), this.word(rowWord.blocks), () => i32.div_u())
            if (this.variant.isAcross) local.set(part, segmentFrom)
            else local.set(part, within)
            set(segmentFrom, get(segmentFrom), this.word(rowWord.segmentsPerGroup), () => i32.mul())
            set(segmentTo, get(segmentFrom), this.word(rowWord.segmentsPerGroup), () => i32.add())
            limit(builder, segmentTo, this.word(rowWord.segments))
          },
        )
        set(length, this.word(rowWord.inner), get(begin), () => i32.sub())
        limit(builder, length, this.word(rowWord.blockElements))
        walkPlaces(
          builder,
          {
            axes: () => i32.add(record, rowOperandAt(itemSizes.length)),
            axisCount: this.word(rowWord.keptAxes),
            operandCount: itemSizes.length,
            operands: itemSizes.map((_, operand) => ({
              operand,
              base: () => {
                operandBase(parameters, record, rowOperandAt(operand))()
                local.get(begin)
                this.step(operand)()
                i32.mul()
                i32.add()
              },
            })),
            from: get(keptFrom),
            to: get(keptTo),
          },
          (pointers, kept) => {
            body(kept, pointers)
          },
        )
        local.set(first, i32.add(first, 1))
      },
    )
  }
}
