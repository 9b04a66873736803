import { IndexError } from '@chainrule/tensor'
import { i32, local, type Local } from 'wasmati'
import { branch } from '../assembly/branch.js'
import type { KernelFault } from '../kernel-code.js'

/**
 * Emits code that goes on with an index only if it lies on its axis, and else reports it.
 *
 * @param parameters - byte address of the argument block
 * @param faultAt - byte position there of the fault word; the index that was met is written behind it
 * @param index - the index
 * @param axis - size of the axis
 * @param body - emits what is done with a good index
 */
export const withGoodIndex = (
  parameters: Local<'i32'>,
  faultAt: number,
  index: Local<'i32'>,
  axis: Local<'i32'>,
  body: () => void,
): void => {
  i32.lt_u(index, axis)
  branch(body, () => {
    // Several threads may get here: each writes an index that is wrong.
    i32.store({ offset: faultAt + 4 }, parameters, index)
    local.get(parameters)
    i32.const(1)
    i32.store({ offset: faultAt })
  })
}

/**
 * The error for an index that does not lie on its axis.
 *
 * @param operation - the kernel, for the message
 * @param at - byte position of the fault word
 * @param axisAt - byte position of the size of the axis
 * @returns the fault of a plan
 */
export const indexFault = (operation: string, at: number, axisAt: number): KernelFault => ({
  at,
  explain: (parameters) => {
    const index = parameters.getInt32(at + 4, true)
    const axis = parameters.getInt32(axisAt, true)
    const range = axis === 0 ? 'no index at all, as the axis has size 0' : `0 … ${axis - 1} for an axis of size ${axis}`
    return new IndexError(`${operation}: got index ${index}, expected ${range}. Check the indices.`)
  },
})
