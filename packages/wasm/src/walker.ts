import {
  block,
  br,
  br_if,
  call,
  call_indirect,
  type Dependency,
  func,
  i32,
  i64,
  if_,
  local,
  loop,
  memory,
  return_,
  select,
} from 'wasmati'
import { command, controlBlock } from './control-block.js'
import type { WasmFeatures } from './kernel-code.js'
import { importModule, kernelModule } from './kernel-module.js'

/** What `walk` returns when it did not lose patience. */
export const walked = { toTheEnd: -1, gaveUp: -2 } as const

/** The functions by which threads run a list of commands in lockstep; every thread has its own instance. */
export interface Walker {
  /** Readies every command of a list for run `epoch`, makes the run known and wakes workers that sleep. */
  publish(list: number, commands: number, epoch: number): void
  /**
   * Works off a list from command `from` on: takes chunks one by one as long as there are any, then waits until the chunks
   * that others took have ended, and goes on to the next command. Waiting is `spins` looks, then `naps` sleeps of up to
   * 100 ms. Returns the command at which its patience ended, or one of `walked`.
   */
  walk(list: number, from: number, commands: number, epoch: number, thread: number, spins: number, naps: number): number
  /** Waits until the run is no longer number `epoch`: `spins` looks, then sleep. Returns the number of the run. */
  idle(epoch: number, spins: number): number
}

/** Nanoseconds of a nap: how long a thread sleeps before it looks around. */
const nap = 100_000_000n

/** The table of kernel entry points, each at its slot. */
const kernelTable: Dependency.ImportTable = {
  kind: 'importTable',
  module: importModule,
  string: 'table',
  type: { type: 'funcref', limits: { min: 0, shared: false } },
  deps: [],
  // Only `toBytes` is used of the module, so no table is made for it.
  value: undefined as unknown as WebAssembly.Table,
}

const publish = () =>
  func({ in: [i32, i32, i32], locals: [i32], out: [] }, ([list, commands, epoch], [entry]) => {
    local.set(entry, list)
    block(null, (end) => {
      loop(null, (next) => {
        i32.ge_u(entry, i32.add(list, i32.mul(commands, command.bytes)))
        br_if(end)
        i32.atomic.store({ offset: command.done }, entry, 0)
        local.get(entry)
        i64.extend_i32_u(epoch)
        i64.const(32n)
        i64.shl()
        i64.extend_i32_u(i32.load({ offset: command.chunks }, entry))
        i64.or()
        i64.atomic.store({ offset: command.claim })
        local.set(entry, i32.add(entry, command.bytes))
        br(next)
      })
    })
    i32.atomic.store({}, controlBlock.list, list)
    i32.atomic.store({}, controlBlock.commands, commands)
    i32.atomic.store({}, controlBlock.epoch, epoch)
    i32.atomic.load({}, controlBlock.sleepers)
    if_(null, () => {
      memory.atomic.notify({}, controlBlock.epoch, -1)
      local.set(entry)
    })
  })

/** Takes the last free chunk of a command and runs it, until there is none. */
const takeChunks = () =>
  func({ in: [i32, i32, i32], locals: [i64, i32], out: [i32] }, ([entry, epoch, thread], [claim, chunk]) => {
    block(null, (none) => {
      loop(null, (again) => {
        local.set(claim, i64.atomic.load({ offset: command.claim }, entry))
        // Another run has begun: this thread was late, and nothing here is for it.
        i32.wrap_i64(i64.shr_u(claim, 32n))
        local.get(epoch)
        i32.ne()
        if_(null, () => {
          i32.const(0)
          return_()
        })
        i32.eqz(i32.wrap_i64(claim))
        br_if(none)
        local.get(thread)
        i32.const(0)
        i32.ne()
        i32.load({ offset: command.mainOnly }, entry)
        i32.and()
        br_if(none)
        local.get(entry)
        local.get(claim)
        local.get(claim)
        i64.const(1n)
        i64.sub()
        i64.atomic.rmw.cmpxchg({ offset: command.claim })
        local.get(claim)
        i64.ne()
        br_if(again)
        // Chunks go out in order; what the command says is read only now, when it cannot change.
        i32.sub(i32.load({ offset: command.chunks }, entry), i32.wrap_i64(claim))
        local.set(chunk)
        i32.load({ offset: command.parameters }, entry)
        i32.load({}, controlBlock.scratchBase)
        i32.load({}, controlBlock.scratchStride)
        local.get(thread)
        i32.mul()
        i32.add()
        i32.load({ offset: command.phase }, entry)
        local.get(chunk)
        i32.add(chunk, 1)
        i32.load({ offset: command.slot }, entry)
        call_indirect(kernelTable, { in: [i32, i32, i32, i32, i32], out: [] })
        i32.atomic.rmw.add({ offset: command.done }, entry, 1)
        i32.const(1)
        i32.add()
        i32.load({ offset: command.chunks }, entry)
        i32.eq()
        if_(null, () => {
          i32.atomic.load({ offset: command.waiters }, entry)
          if_(null, () => {
            memory.atomic.notify({ offset: command.done }, entry, -1)
            local.set(chunk)
          })
          br(none)
        })
        br(again)
      })
    })
    i32.const(1)
  })

/** Waits until every chunk of a command has ended: 1 when they have, 0 to give up, 2 when patience ended. */
const awaitChunks = () =>
  func({ in: [i32, i32, i32, i32], locals: [i32, i32], out: [i32] }, ([entry, epoch, spins, naps], [done, left]) => {
    local.set(left, spins)
    loop(null, (again) => {
      i32.atomic.load({ offset: command.done }, entry)
      local.tee(done)
      i32.load({ offset: command.chunks }, entry)
      i32.eq()
      if_(null, () => {
        i32.const(1)
        return_()
      })
      i32.atomic.load({}, controlBlock.aborted)
      local.get(epoch)
      i32.eq()
      if_(null, () => {
        i32.const(0)
        return_()
      })
      local.get(left)
      if_(
        null,
        () => {
          local.set(left, i32.sub(left, 1))
        },
        () => {
          i32.eqz(naps)
          if_(null, () => {
            i32.const(2)
            return_()
          })
          local.set(naps, i32.sub(naps, 1))
          i32.atomic.rmw.add({ offset: command.waiters }, entry, 1)
          local.set(left)
          memory.atomic.wait64({ offset: command.done }, entry, i64.extend_i32_u(done), nap)
          local.set(left)
          i32.atomic.rmw.sub({ offset: command.waiters }, entry, 1)
          local.set(left)
          local.set(left, 0)
        },
      )
      br(again)
    })
    i32.const(0)
  })

const walk = (take: Dependency.Func, wait: Dependency.Func) =>
  func(
    { in: [i32, i32, i32, i32, i32, i32, i32], locals: [i32, i32], out: [i32] },
    ([list, from, commands, epoch, thread, spins, naps], [entry, state]) => {
      block(null, (end) => {
        loop(null, (next) => {
          i32.ge_u(from, commands)
          br_if(end)
          i32.add(list, i32.mul(from, command.bytes))
          local.set(entry)
          call(take, [entry, epoch, thread])
          i32.eqz()
          if_(null, () => {
            i32.const(walked.gaveUp)
            return_()
          })
          call(wait, [entry, epoch, spins, naps])
          local.tee(state)
          i32.const(1)
          i32.ne()
          if_(null, () => {
            local.get(from)
            i32.const(walked.gaveUp)
            local.get(state)
            select()
            return_()
          })
          local.set(from, i32.add(from, 1))
          br(next)
        })
      })
      i32.const(walked.toTheEnd)
    },
  )

const idle = () =>
  func({ in: [i32, i32], locals: [i32], out: [i32] }, ([epoch, spins], [ignored]) => {
    loop(null, (again) => {
      i32.atomic.load({}, controlBlock.epoch)
      local.get(epoch)
      i32.ne()
      if_(null, () => {
        i32.atomic.load({}, controlBlock.epoch)
        return_()
      })
      local.get(spins)
      if_(
        null,
        () => {
          local.set(spins, i32.sub(spins, 1))
        },
        () => {
          i32.atomic.rmw.add({}, controlBlock.sleepers, 1)
          local.set(ignored)
          memory.atomic.wait64({}, controlBlock.epoch, i64.extend_i32_u(epoch), -1n)
          local.set(ignored)
          i32.atomic.rmw.sub({}, controlBlock.sleepers, 1)
          local.set(ignored)
        },
      )
      br(again)
    })
    i32.const(0)
  })

/**
 * The bytes of the module whose instances are `Walker`s.
 *
 * @param features - of the engine; they have threads
 * @returns the bytes
 */
export const walkerModule = (features: WasmFeatures): Uint8Array<ArrayBuffer> => {
  const take = takeChunks()
  return kernelModule(features, { publish: publish(), walk: walk(take, awaitChunks()), idle: idle() })
}
