import { i32, i32x4, local, type Local } from 'wasmati'
import { branch } from '../assembly/branch.js'
import type { Term } from '../assembly/function-builder.js'
import { valueType } from '../assembly/lanes.js'
import { readLocal } from '../assembly/library-function.js'
import { expressionCost } from '../expression-cost.js'
import { scalarOpCode } from '../scalar-op-code.js'
import { Cascade, loadValue, valueBytes } from './cascade.js'
import { found, lanePlaces } from './element-sources.js'
import type { State } from './reduction-code.js'
import type { RowContext } from './row-context.js'
import { placeAxis, type StageCode } from './row-layout.js'
import { rowWord } from './row-record.js'
import { alongScratch, type AlongPasses } from './along-pass.js'

/** Terms that one lane adds up one after another before the sum joins the cascade. */
const termsOfBlock = 64

/**
 * How many states take turns, so that none waits for the one before: a loop over one state alone took 1.4 times as long
 * for a sum of exponentials. Fewer where each has much code of its own.
 */
const statesFor = (cost: number): number => (cost < 64 ? 4 : 2)

/** Evaluates all parts of a state before any is changed. */
const setState = (state: readonly Local[], terms: State): void => {
  for (const term of terms) term()
  for (let at = state.length - 1; at >= 0; at--) local.set(found(state[at], 'part'))
}

/** Merges states two by two. */
const mergePairs = (states: readonly State[], merge: (one: State, other: State) => State): State => {
  const [first] = states
  if (first === undefined) throw new Error('There is no state to merge.')
  if (states.length === 1) return first
  const half = Math.ceil(states.length / 2)
  return merge(mergePairs(states.slice(0, half), merge), mergePairs(states.slice(half), merge))
}

/**
 * Emits code that reduces the part of a row that a chunk has.
 *
 * @param row - what is at hand
 * @param passes - emits the loops over elements
 * @param stage - the stage
 * @param position - its number
 * @param total - receives the state
 */
export const reduceAlong = (
  row: RowContext,
  passes: AlongPasses,
  stage: StageCode,
  position: number,
  total: readonly Local[],
): void => {
  const { builder, lanes, code, sources, run } = row
  const { running: reduction, expression } = stage
  const unroll = lanes.count > 1 && !reduction.usesPlace ? statesFor(expressionCost([expression])) : 1
  const states = Array.from({ length: unroll }, () =>
    reduction.state.map((dtype) => builder.local(valueType(lanes, dtype))),
  )
  const reset = (): void => {
    for (const state of states) setState(state, reduction.identity(lanes))
  }
  reset()
  const blockLength = lanes.count * unroll * termsOfBlock
  const add = (x: Term, y: Term): Term => found(reduction.merge(lanes, [x], [y])[0], 'sum')
  const cascade = reduction.isRoundedSum
    ? new Cascade(builder, valueType(lanes, reduction.state[0] ?? 'float32'), add, () =>
        i32.add(run.scratch, alongScratch.levels),
      )
    : undefined
  const filled = builder.local('i32')
  local.set(filled, i32.const(0))
  const mergeAll = (): void => {
    setState(
      total,
      mergePairs(
        states.map((state) => state.map(readLocal)),
        (one, other) => reduction.merge(lanes, one, other),
      ),
    )
  }
  passes.emit({
    roots: [expression],
    outputs: [],
    usesPlace: reduction.usesPlace,
    ...passes.savedIn(position),
    unroll,
    pieceLength: cascade === undefined ? 0 : blockLength,
    vector: (vector, left) => {
      const state = found(states[vector], 'state')
      const place = reduction.usesPlace
        ? builder.keep(valueType(lanes, 'int32'), sources.coordinate(placeAxis))
        : () => undefined
      const value = left === undefined || lanes.count === 1 ? code.value(expression) : code.keep(expression)
      const take = (): State => reduction.take(lanes, state.map(readLocal), { value, place })
      if (left === undefined || lanes.count === 1) {
        setState(state, take())
        return
      }
      i32.ge_u(left, lanes.count)
      branch(
        () => {
          setState(state, take())
        },
        () => {
          const counts = builder.keep('v128', () => {
            lanePlaces(builder)()
            i32x4.splat(left)
            i32x4.lt_s()
          })
          const taken = take()
          setState(
            state,
            reduction.state.map((dtype, at) =>
              scalarOpCode.where(lanes, {
                dtype,
                of: dtype,
                terms: [counts, found(taken[at], 'part'), readLocal(found(state[at], 'part'))],
                constants: [],
              }),
            ),
          )
        },
      )
    },
    piece: (count) => {
      if (cascade === undefined) return
      local.set(filled, i32.add(filled, count))
      i32.ge_u(filled, blockLength)
      branch(() => {
        mergeAll()
        cascade.push(found(total[0], 'sum'))
        reset()
        local.set(filled, i32.const(0))
      })
    },
  })
  mergeAll()
  cascade?.fold(found(total[0], 'sum'))
}

/**
 * Emits code that merges what the parts of a row have come to.
 *
 * @param row - what is at hand
 * @param stage - the stage
 * @param first - byte address of the first partial state
 * @param total - receives the merged state
 */
export const combineAlong = (row: RowContext, stage: StageCode, first: Term, total: readonly Local[]): void => {
  const { builder, lanes, run } = row
  const { running: reduction } = stage
  const type = valueType(lanes, reduction.state[0] ?? 'float32')
  const add = (x: Term, y: Term): Term => found(reduction.merge(lanes, [x], [y])[0], 'sum')
  const cascade = reduction.isRoundedSum
    ? new Cascade(builder, type, add, () => i32.add(run.scratch, alongScratch.levels))
    : undefined
  setState(total, reduction.identity(lanes))
  const next = builder.local('i32')
  const end = builder.local('i32')
  const stride = valueBytes * reduction.state.length
  first()
  local.set(next)
  local.get(next)
  row.word(rowWord.blocks)()
  row.word(rowWord.groups)()
  i32.mul()
  i32.const(stride)
  i32.mul()
  i32.add()
  local.set(end)
  builder.while(
    () => i32.lt_u(next, end),
    () => {
      builder.scope(() => {
        const read = reduction.state.map((dtype, at) =>
          builder.keep(valueType(lanes, dtype), loadValue(valueType(lanes, dtype), readLocal(next), at * valueBytes)),
        )
        if (cascade === undefined) setState(total, reduction.merge(lanes, total.map(readLocal), read))
        else {
          setState(total, read)
          cascade.push(found(total[0], 'sum'))
        }
      })
      local.set(next, i32.add(next, stride))
    },
  )
  if (cascade !== undefined) {
    setState(total, reduction.identity(lanes))
    cascade.fold(found(total[0], 'sum'))
  }
}
