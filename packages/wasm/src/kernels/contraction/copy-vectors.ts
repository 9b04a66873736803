import { type Local, local, v128 } from 'wasmati'

/** Copies neighbouring bytes in vectors of 16, the last of which may reach behind them. */
export const copyVectors = (from: Local, to: Local, bytes: number, toOffset = 0): void => {
  for (let offset = 0; offset < bytes; offset += 16) {
    local.get(to)
    local.get(from)
    v128.load({ offset, align: 4 })
    v128.store({ offset: toOffset + offset, align: 4 })
  }
}
