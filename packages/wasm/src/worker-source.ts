import { codeRecord, controlBlock, presence } from './control-block.js'
import { importModule } from './kernel-module.js'
import { walked } from './walker.js'

/** Looks at the epoch before an idle worker sleeps: some 100 µs, so that it is awake for the next op of a step. */
const idleSpins = 60_000

/** Looks at a command before a worker sleeps until others have ended it. */
const commandSpins = 60_000

/** What a worker is given when it starts. */
export interface WorkerStart {
  readonly memory: WebAssembly.Memory
  readonly walker: WebAssembly.Module
  /** Which thread it is; the main one is 0. */
  readonly thread: number
  /** How to load the native library, where there is one. */
  readonly library: WorkerLibrary | undefined
}

/** What a worker does about a native library: it evaluates the source, or only refuses to call it. */
export interface WorkerLibrary {
  readonly source: string | undefined
  readonly settings: unknown
}

/**
 * Program of a worker, as text: bundlers need no second entry point. It reads everything but its `WorkerStart` from the
 * shared memory, so it never returns to its event loop. Code travels as bytes, which each worker compiles when a run first
 * needs it (engines recognise bytes that they compiled before in the same process).
 */
export const workerSource = `
const at = ${JSON.stringify(controlBlock)}
const record = ${JSON.stringify(codeRecord)}
const refuse = () => {
  throw new Error('only the main thread calls this library')
}
const productsOf = (memory, library) => {
  if (!library) return {}
  if (library.source === undefined) return { sgemm: refuse, dgemm: refuse }
  return new Function('memory', 'settings', library.source)(memory, library.settings)
}
const start = ({ memory, walker, thread, library }) => {
  const table = new WebAssembly.Table({ element: 'anyfunc', initial: 64 })
  const { walk, idle } = new WebAssembly.Instance(walker, { ${importModule}: { memory, table } }).exports
  const control = new Int32Array(memory.buffer, 0, at.end / 4)
  let products
  Atomics.add(control, at.loading / 4, 1)
  try {
    if (Atomics.load(control, at.stop / 4) !== 0) return
    products = productsOf(memory, library)
  } finally {
    Atomics.sub(control, at.loading / 4, 1)
    Atomics.notify(control, at.loading / 4)
  }
  const loaded = []
  let nextRecord = at.firstCode
  const bytesUpTo = (end) => {
    if (memory.buffer.byteLength < end) memory.grow(0)
    return memory.buffer
  }
  const load = () => {
    const count = Atomics.load(control, at.codeCount / 4)
    while (loaded.length < count) {
      const address = new Int32Array(bytesUpTo(nextRecord + 4), nextRecord, 1)[0] >>> 0
      const [, byteLength, uses] = new Int32Array(bytesUpTo(address + record.header), address, 3)
      const code = address + record.header + 4 * uses
      const buffer = bytesUpTo(code + byteLength)
      const imports = { memory, ...products }
      for (const used of new Int32Array(buffer, address + record.header, uses)) Object.assign(imports, loaded[used])
      const bytes = new Uint8Array(buffer, code, byteLength).slice()
      const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { ${importModule}: imports })
      if (loaded.length >= table.length) table.grow(table.length)
      if (exports.run) table.set(loaded.length, exports.run)
      loaded.push(exports)
      nextRecord = address + record.next
    }
  }
  let epoch = 0
  Atomics.add(control, at.ready / 4, 1)
  const present = new Uint8Array(memory.buffer, at.up + thread, 1)
  Atomics.store(present, 0, ${presence.up})
  for (;;) {
    epoch = idle(epoch, ${idleSpins})
    if (Atomics.load(control, at.stop / 4) !== 0) return
    if (Atomics.load(present, 0) !== ${presence.up}) Atomics.store(present, 0, ${presence.up})
    Atomics.add(control, at.active / 4, 1)
    try {
      load()
      const list = Atomics.load(control, at.list / 4)
      const commands = Atomics.load(control, at.commands / 4)
      let from = 0
      while (from >= 0) from = walk(list, from, commands, epoch, thread, ${commandSpins}, 1)
      if (from < ${walked.gaveUp}) return
    } catch (error) {
      const text = String(error).slice(0, at.failureTextBytes / 2)
      new Uint16Array(memory.buffer, at.failureText, text.length).set([...text].map((letter) => letter.charCodeAt(0)))
      control[at.failureLength / 4] = text.length
      Atomics.store(control, at.failed / 4, thread)
      Atomics.store(control, at.aborted / 4, epoch)
      return
    } finally {
      Atomics.sub(control, at.active / 4, 1)
    }
  }
}
const node = typeof process !== 'undefined' && process.getBuiltinModule?.('node:worker_threads')
if (node) start(node.workerData)
else onmessage = ({ data }) => start(data)
`
