import { i32, type Local, local } from 'wasmati'

/**
 * Moves one element as integers, so that no bits change.
 *
 * @param itemBytes - bytes of the element
 * @param from - holds the address that it is read from
 * @param to - holds the address that it is written to
 * @param fromOffset - bytes to add to the former
 * @param toOffset - bytes to add to the latter
 */
export const moveElement = (itemBytes: 4 | 8, from: Local, to: Local, fromOffset = 0, toOffset = 0): void => {
  for (let word = 0; word < itemBytes; word += 4) {
    local.get(to)
    local.get(from)
    i32.load({ offset: fromOffset + word })
    i32.store({ offset: toOffset + word })
  }
}
