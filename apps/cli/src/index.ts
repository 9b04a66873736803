#!/usr/bin/env node
import { setFlagsFromString } from 'node:v8'

// Node 20 has relaxed SIMD (fused multiply-add) behind a flag, which counts only before WebAssembly is first compiled:
// chainrule is therefore loaded after it.
if (Number.parseInt(process.versions.node, 10) < 22) setFlagsFromString('--experimental-wasm-relaxed-simd')
// The BLAS of the machine, where its package is installed: it registers itself.
await import('@chainrule/blas').catch(() => undefined)
// A reader that has seen enough, such as `head`, ends the program as it ends others, with the code of SIGPIPE.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit(141)
})
const { runCommandLine } = await import('./command-line.js')
process.exitCode = await runCommandLine(process.argv.slice(2))
