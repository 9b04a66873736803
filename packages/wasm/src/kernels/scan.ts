import { itemSize, type ScanKernel } from '@chainrule/tensor'
import { f32, f64, i32, local, type Local } from 'wasmati'
import { branch } from '../assembly/branch.js'
import type { FunctionBuilder, Term } from '../assembly/function-builder.js'
import { type WasmDType, supportedDType } from '../assembly/lanes.js'
import type { KernelCode, Planner, WasmFeatures } from '../kernel-code.js'
import { kernelModule } from '../kernel-module.js'
import { loadValue, storeValue } from './cascade.js'
import { ParameterBlock } from './parameter-block.js'
import { limit } from './pieces.js'
import { runFunction } from './run-function.js'
import { wordAt } from './space-walk.js'

/** Byte positions in the parameters. */
const head = {
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

const block = new ParameterBlock()
const codes = new Map<string, KernelCode>()

/** Elements of one chunk. */
const chunkElements = 16384

/** Most lines that are walked side by side. */
const widest = 64

type Structure = ScanKernel['structure']

/** How elements of a dtype are held while they are added up: float32 in float64, which rounds each result once. */
interface Running {
  readonly type: 'f64' | 'i32'
  load(address: Term): Term
  store(address: Term, value: Term): void
  readonly add: () => void
  readonly multiply: () => void
}

const integers = (load: (address: Term) => Term, store: (address: Term, value: Term) => void): Running => ({
  type: 'i32',
  load,
  store,
  add: () => {
    i32.add()
  },
  multiply: () => {
    i32.mul()
  },
})

const floats = (load: (address: Term) => Term, store: (address: Term, value: Term) => void): Running => ({
  type: 'f64',
  load,
  store,
  add: () => {
    f64.add()
  },
  multiply: () => {
    f64.mul()
  },
})

const runnings: Record<WasmDType, Running> = {
  float64: floats(
    (address) => loadValue('f64', address),
    (address, value) => {
      storeValue('f64', address, value)
    },
  ),
  float32: floats(
    (address) => () => {
      address()
      f32.load({})
      f64.promote_f32()
    },
    (address, value) => {
      address()
      value()
      f32.demote_f64()
      f32.store({})
    },
  ),
  int32: integers(
    (address) => loadValue('i32', address),
    (address, value) => {
      storeValue('i32', address, value)
    },
  ),
  bool: {
    ...integers(
      (address) => () => {
        address()
        i32.load8_u({})
      },
      (address, value) => {
        address()
        value()
        i32.store8({})
      },
    ),
    add: () => {
      i32.or()
    },
    multiply: () => {
      i32.and()
    },
  },
}

const pushIdentity = ({ type }: Running, { reduction }: Structure): void => {
  const identity = reduction === 'sum' ? 0 : 1
  if (type === 'f64') f64.const(identity)
  else i32.const(identity)
}

/** Takes an element in: what was before and what is after, one of which is stored. */
const emitElement = (
  running: Running,
  { reduction, exclusive }: Structure,
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
  structure: Structure,
  scratch: Local<'i32'>,
  words: Record<'source' | 'target' | 'step' | 'axis' | 'width', Local<'i32'>>,
): void => {
  const running = runnings[supportedDType(structure.dtype)]
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
  structure: Structure,
  { source, target, step, axis }: Record<'source' | 'target' | 'step' | 'axis', Local<'i32'>>,
): void => {
  const running = runnings[supportedDType(structure.dtype)]
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

const scanModule = (structure: Structure, features: WasmFeatures): Uint8Array<ArrayBuffer> => {
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
    set(axis, word(head.axis))
    builder.while(
      () => i32.lt_u(first, last),
      () => {
        // The block of lines, then the group of outer places.
        set(
          begin,
          () => local.get(first),
          word(head.blocks),
          () => i32.rem_u(),
          word(head.width),
          () => i32.mul(),
        )
        set(
          group,
          () => local.get(first),
          word(head.blocks),
          () => i32.div_u(),
        )
        set(
          place,
          () => local.get(group),
          word(head.outerPerChunk),
          () => i32.mul(),
        )
        set(
          end,
          () => local.get(place),
          word(head.outerPerChunk),
          () => i32.add(),
        )
        limit(builder, end, word(head.outer))
        builder.while(
          () => i32.lt_u(place, end),
          () => {
            set(
              width,
              word(head.inner),
              () => local.get(begin),
              () => i32.sub(),
            )
            limit(builder, width, word(head.width))
            set(
              step,
              word(head.inner),
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
            set(source, address(head.input, head.inputStart))
            set(target, address(head.output, head.outputStart))
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

const codeFor = (structure: Structure): KernelCode => {
  const { reduction, dtype, reverse, exclusive } = structure
  const key = `scan ${reduction} ${dtype} ${reverse} ${exclusive}`
  let code = codes.get(key)
  if (code === undefined) {
    code = { key, build: (features) => scanModule(structure, features) }
    codes.set(key, code)
  }
  return code
}

/**
 * Launches of running sums and products. A line is walked from its start to its end by one thread; chunks are groups of
 * lines.
 *
 * @param kernel - the kernel
 * @returns its plan
 */
export const planScan: Planner<ScanKernel> = ({ structure, outer, axis, inner, offsets }) => {
  const size = itemSize(structure.dtype)
  const words = block.words(head.bytes / 4)
  const width = Math.max(1, Math.min(widest, inner))
  const blocks = Math.ceil(inner / width)
  const outerPerChunk = Math.max(1, Math.floor(chunkElements / Math.max(1, axis * width)))
  words[head.inputStart / 4] = offsets.input * size
  words[head.outputStart / 4] = offsets.output * size
  words[head.axis / 4] = axis
  words[head.inner / 4] = inner
  words[head.width / 4] = width
  words[head.blocks / 4] = blocks
  words[head.outer / 4] = outer
  words[head.outerPerChunk / 4] = outerPerChunk
  return {
    code: codeFor(structure),
    parameters: block.bytes(head.bytes / 4),
    cellsAt: 0,
    cellCount: 0,
    phases: [axis === 0 ? 0 : blocks * Math.ceil(outer / outerPerChunk)],
    scratchBytes: widest * 8,
    sharedScratchBytes: 0,
    sharedScratchAt: 0,
  }
}
