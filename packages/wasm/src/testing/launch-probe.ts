import { block, br, br_if, f64, func, i32, if_, local, loop, unreachable } from 'wasmati'
import type { KernelCode, KernelPlan } from '../kernel-code.js'
import { kernelModule } from '../kernel-module.js'
import type { WasmDevice } from '../wasm-device.js'

/** What the probe does besides: nothing, trap anywhere, or trap or hang on any thread but the calling one. */
export type ProbeMode = 0 | 1 | 2 | 3

/**
 * Phase 0 writes i² to element i of the output; phase 1 copies element (i + 1) mod n to element i of a second output, which
 * is right only when every chunk of phase 0 has ended.
 */
const probeCode: KernelCode = {
  key: 'test:probe',
  build: (features) =>
    kernelModule(features, {
      run: func(
        { in: [i32, i32, i32, i32, i32], locals: [i32], out: [] },
        ([parameters, scratch, phase, first, last], [neighbour]) => {
          const when = (mode: ProbeMode, body: () => void): void => {
            i32.load({ offset: 12 }, parameters)
            i32.const(mode)
            i32.eq()
            if_(null, body)
          }
          const unlessCalling = (body: () => void): void => {
            i32.ne(scratch, i32.load({ offset: 16 }, parameters))
            if_(null, body, () => {
              // Long enough that a worker gets its share.
              local.set(neighbour, 100_000)
              loop(null, (again) => {
                local.set(neighbour, i32.sub(neighbour, 1))
                local.get(neighbour)
                br_if(again)
              })
            })
          }
          when(1, () => {
            unreachable()
          })
          when(2, () => {
            unlessCalling(() => {
              unreachable()
            })
          })
          when(3, () => {
            unlessCalling(() => {
              loop(null, (forever) => {
                br(forever)
              })
            })
          })
          block(null, (end) => {
            loop(null, (next) => {
              i32.ge_s(first, last)
              br_if(end)
              i32.eqz(phase)
              if_(
                null,
                () => {
                  i32.add(i32.load({ offset: 0 }, parameters), i32.mul(first, 8))
                  f64.convert_i32_s(i32.mul(first, first))
                  f64.store({})
                },
                () => {
                  i32.rem_s(i32.add(first, 1), i32.load({ offset: 8 }, parameters))
                  local.set(neighbour)
                  i32.add(i32.load({ offset: 4 }, parameters), i32.mul(first, 8))
                  i32.add(i32.load({ offset: 0 }, parameters), i32.mul(neighbour, 8))
                  f64.load({})
                  f64.store({})
                },
              )
              local.set(first, i32.add(first, 1))
              br(next)
            })
          })
        },
      ),
    }),
}

const probePlan = (size: number, mode: ProbeMode, callingScratch: number): KernelPlan => ({
  code: probeCode,
  parameters: new Uint8Array(Int32Array.of(0, 0, size, mode, callingScratch, 0).buffer),
  cellsAt: 24,
  cellCount: 0,
  phases: [size, size],
  scratchBytes: 64,
  sharedScratchBytes: 0,
  sharedScratchAt: 0,
})

/**
 * Runs the probe.
 *
 * @param device - where
 * @param size - elements, and chunks of each phase
 * @param mode - what it does besides
 * @returns the second output
 */
export const runProbe = (device: WasmDevice, size: number, mode: ProbeMode = 0): Float64Array => {
  const squares = device.allocate(8 * size)
  const shifted = device.allocate(8 * size)
  try {
    device.launcher.launch(
      probePlan(size, mode, device.launcher.scratch.ownAddress),
      [squares.address, shifted.address],
      [],
    )
    return device.readSync(shifted, { shape: [size], strides: [1], offset: 0 }, 'float64') as Float64Array
  } finally {
    device.free(squares)
    device.free(shifted)
  }
}

/** What the probe gives. */
export const expectedOfProbe = (size: number): Float64Array =>
  Float64Array.from({ length: size }, (_, i) => ((i + 1) % size) ** 2)
