import { itemSize, type ScanKernel } from '@chainrule/tensor'
import { f64, i32, local, type Local } from 'wasmati'
import { branch } from '../assembly/branch.js'
import type { FunctionBuilder, Term } from '../assembly/function-builder.js'
import { supportedDType } from '../assembly/lanes.js'
import type { WasmFeatures } from '../kernel-code.js'
import { kernelModule } from '../kernel-module.js'
import { loadValue, storeValue } from './cascade.js'
import { limit } from './pieces.js'
import { runFunction } from './run-function.js'
import { wordAt } from './space-walk.js'
import { type RunningValue, runningValues } from './running-value.js'

/** Byte positions in the parameters. */
export const scanHead = {
  input: 0,
  output: 4,
  inputStart: 8,
  outputStart: 12,
  axis: 16,
  inner: 20,
  /** Lines side by side in one block, blocks for each outer place, and outer places. */
  width: 24,
  blocks: 28,
  outer: 32,
  outerPerChunk: 36,
  bytes: 40,
} as const

/** Most lines that are walked side by side. */
export const widest = 64

export type ScanStructure = ScanKernel['structure']

const pushIdentity = ({ type }: RunningValue, { reduction }: ScanStructure): void => {
  const identity = reduction === 'sum' ? 0 : 1
  if (type === 'f64') f64.const(identity)
  else i32.const(identity)
}

/** Takes an element in: what was before and what is after, one of which is stored. */
const emitElement = (
  running: RunningValue,
  { reduction, exclusive }: ScanStructure,
  from: Term,
  to: Term,
  total: Local<'f64' | 'i32'>,
  next: Local<'f64' | 'i32'>,
): void => {
  const read = (source: Local): Term => {
    return () => {
      local.get(source)
    }
  }
  local.get(total)
  running.load(from)()
  if (reduction === 'sum') running.add()
  else running.multiply()
  local.set(next)
  running.store(to, read(exclusive ? total : next))
  local.get(next)
  local.set(total)
}

/** Walks lines side by side: for each place of the axis all of them, so that memory is read in order. */
const emitLines = (
  builder: FunctionBuilder,
  structure: ScanStructure,
  scratch: Local<'i32'>,
  words: Record<'source' | 'target' | 'step' | 'axis' | 'width', Local<'i32'>>,
): void => {
  const running = runningValues[supportedDType(structure.dtype)]
  const size = itemSize(structure.dtype)
  const { source, target, step, axis, width } = words
  const [place, line, totals] = [builder.local('i32'), builder.local('i32'), builder.local('i32')]
  const [from, to] = [builder.local('i32'), builder.local('i32')]
  const total = builder.local(running.type)
  const next = builder.local(running.type)
  const get = (value: Local): Term => {
    return () => {
      local.get(value)
    }
  }
  const forEachLine = (body: () => void): void => {
    local.set(line, width)
    local.set(totals, scratch)
    builder.while(get(line), () => {
      body()
      local.set(totals, i32.add(totals, 8))
      local.set(line, i32.sub(line, 1))
    })
  }
  forEachLine(() => {
    storeValue(running.type, get(totals), () => {
      pushIdentity(running, structure)
    })
  })
  local.set(place, axis)
  builder.while(get(place), () => {
    local.set(from, source)
    local.set(to, target)
    forEachLine(() => {
      loadValue(running.type, get(totals))()
      local.set(total)
      emitElement(running, structure, get(from), get(to), total, next)
      storeValue(running.type, get(totals), get(total))
      local.set(from, i32.add(from, size))
      local.set(to, i32.add(to, size))
    })
    local.set(source, i32.add(source, step))
    local.set(target, i32.add(target, step))
    local.set(place, i32.sub(place, 1))
  })
}

/** Walks one line whose elements lie together. */
const emitLine = (
  builder: FunctionBuilder,
  structure: ScanStructure,
  { source, target, step, axis }: Record<'source' | 'target' | 'step' | 'axis', Local<'i32'>>,
): void => {
  const running = runningValues[supportedDType(structure.dtype)]
  const place = builder.local('i32')
  const total = builder.local(running.type)
  const next = builder.local(running.type)
  const get = (value: Local): Term => {
    return () => {
      local.get(value)
    }
  }
  pushIdentity(running, structure)
  local.set(total)
  local.set(place, axis)
  builder.while(get(place), () => {
    emitElement(running, structure, get(source), get(target), total, next)
    local.set(source, i32.add(source, step))
    local.set(target, i32.add(target, step))
    local.set(place, i32.sub(place, 1))
  })
}

/**
 * The module of a scan.
 *
 * @param structure - what is added up or multiplied, and which way
 * @param features - of the engine
 * @returns its bytes
 */
export const scanModule = (structure: ScanStructure, features: WasmFeatures): Uint8Array<ArrayBuffer> => {
  const run = runFunction((builder, { parameters, scratch, first, last }) => {
    const integer = (): Local<'i32'> => builder.local('i32')
    const [source, target, step, axis, width] = [integer(), integer(), integer(), integer(), integer()]
    const [group, place, end, begin, offset] = [integer(), integer(), integer(), integer(), integer()]
    const size = itemSize(structure.dtype)
    const set = (to: Local<'i32'>, ...terms: readonly Term[]): void => {
      for (const term of terms) term()
      local.set(to)
    }
    const word = (at: number): Term => wordAt(parameters, at)
    set(axis, word(scanHead.axis))
    builder.while(
      () => i32.lt_u(first, last),
      () => {
        // The block of lines, then the group of outer places.
        set(
          begin,
          () => local.get(first),
          word(scanHead.blocks),
          () => i32.rem_u(),
          word(scanHead.width),
          () => i32.mul(),
        )
        set(
          group,
          () => local.get(first),
          word(scanHead.blocks),
          () => i32.div_u(),
        )
        set(
          place,
          () => local.get(group),
          word(scanHead.outerPerChunk),
          () => i32.mul(),
        )
        set(
          end,
          () => local.get(place),
          word(scanHead.outerPerChunk),
          () => i32.add(),
        )
        limit(builder, end, word(scanHead.outer))
        builder.while(
          () => i32.lt_u(place, end),
          () => {
            set(
              width,
              word(scanHead.inner),
              () => local.get(begin),
              () => i32.sub(),
            )
            limit(builder, width, word(scanHead.width))
            set(
              step,
              word(scanHead.inner),
              () => i32.const(size),
              () => i32.mul(),
            )
            set(
              offset,
              () => i32.mul(i32.mul(place, axis), step),
              () => i32.mul(begin, size),
              () => i32.add(),
            )
            if (structure.reverse) set(offset, () => i32.add(offset, i32.mul(i32.sub(axis, 1), step)))
            const address = (operand: number, start: number): Term => {
              return () => {
                word(operand)()
                word(start)()
                i32.add()
                local.get(offset)
                i32.add()
              }
            }
            set(source, address(scanHead.input, scanHead.inputStart))
            set(target, address(scanHead.output, scanHead.outputStart))
            if (structure.reverse)
              set(
                step,
                () => i32.const(0),
                () => local.get(step),
                () => i32.sub(),
              )
            builder.scope(() => {
              i32.eq(width, 1)
              branch(
                () => {
                  emitLine(builder, structure, { source, target, step, axis })
                },
                () => {
                  emitLines(builder, structure, scratch, { source, target, step, axis, width })
                },
              )
            })
            local.set(place, i32.add(place, 1))
          },
        )
        local.set(first, i32.add(first, 1))
      },
    )
  })
  return kernelModule(features, { run })
}
