import { i32, i64, local, type Local } from 'wasmati'
import type { FunctionBuilder, Term } from '../assembly/function-builder.js'

/** One end of a copy of elements: an address and the bytes from one element to the next. */
export interface StridedEnd {
  readonly address: Term
  readonly step: Term
}

/**
 * Emits a loop that copies elements one by one, whatever their bits mean.
 *
 * @param builder - the function under construction
 * @param itemSize - bytes of an element: 1, 4 or 8
 * @param from - where they come from
 * @param to - where they go
 * @param count - how many, at least one
 */
export const copyElements = (
  builder: FunctionBuilder,
  itemSize: number,
  from: StridedEnd,
  to: StridedEnd,
  count: Local<'i32'>,
): void => {
  builder.scope(() => {
    const source = builder.local('i32')
    const target = builder.local('i32')
    const left = builder.local('i32')
    from.address()
    local.set(source)
    to.address()
    local.set(target)
    local.set(left, count)
    const sourceStep = builder.keep('i32', from.step)
    const targetStep = builder.keep('i32', to.step)
    const advance = (pointer: Local<'i32'>, step: Term): void => {
      local.get(pointer)
      step()
      i32.add()
      local.set(pointer)
    }
    builder.repeatWhile(
      () => {
        local.get(target)
        local.get(source)
        if (itemSize === 8) {
          i64.load({ align: 8 })
          i64.store({ align: 8 })
        } else if (itemSize === 4) {
          i32.load({})
          i32.store({})
        } else {
          i32.load8_u({})
          i32.store8({})
        }
        advance(source, sourceStep)
        advance(target, targetStep)
      },
      () => local.tee(left, i32.sub(left, 1)),
    )
  })
}
