import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { fileURLToPath } from 'node:url'
import { writeArrays } from './arrays.ts'
import { type Case, cases } from './cases.ts'
import { measureFma } from './limits.ts'
import { Server } from './server.ts'
import { timingOf } from './statistics.ts'
import { torchCommand, torchProblem, torchSettings } from './torch-process.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    systems: { type: 'string', default: 'chainrule,chainrule-eager,chainrule-1,jax-js,tfjs,torch' },
    runs: { type: 'string' },
  },
})

/** One case on one system. */
interface Row {
  readonly case: string
  readonly system: string
  readonly device: string
  readonly median_ms: number
  readonly min_ms: number
  readonly max_ms: number
  readonly runs: number
  readonly work: number
  readonly unit: string
}

const here = (file: string): string => fileURLToPath(new URL(file, import.meta.url))
const say = (line: string): void => {
  if (values.json) console.error(line)
  else console.log(line)
}

const chosen = cases.filter(
  ({ name }) =>
    positionals.length === 0 || positionals.some((wanted) => name === wanted || name.startsWith(`${wanted}-`)),
)
if (chosen.length === 0) {
  console.error(`bench: got ${positionals.join(' ')}, expected some of ${cases.map(({ name }) => name).join(' ')}.`)
  process.exit(2)
}

const runs = Number(values.runs ?? (values.quick ? 5 : 20))
const warmUp = values.quick ? 2 : 5
/** Longest that one system may take over one case, in seconds; then it makes do with fewer runs. */
const patience = values.quick ? 5 : 60
const cores = cpus().length

const openTorch = async (
  folder: string,
  settings: { readonly blas: number; readonly torch: number },
): Promise<Server> => {
  const { command, args, env } = torchCommand(here('./systems/torch_system.py'), JSON.stringify(chosen), settings)
  const server = new Server('torch', command, args, env)
  await server.ask({ command: 'open' })
  return server
}

/** PyTorch at the thread setting that is best on the first case. */
const bestTorch = async (folder: string, probe: Case, place: string): Promise<Server> => {
  let best: { readonly time: number; readonly settings: { readonly blas: number; readonly torch: number } } | undefined
  for (const settings of torchSettings(cores)) {
    const server = await openTorch(folder, settings)
    await server.ask({ command: 'prepare', name: probe.name, place })
    const times: number[] = []
    for (let run = 0; run < 8; run++) times.push((await server.ask({ command: 'run' })).milliseconds ?? Infinity)
    server.stop()
    const time = timingOf(times.slice(3)).median
    if (best === undefined || time < best.time) best = { time, settings }
  }
  return openTorch(folder, best?.settings ?? { blas: cores, torch: 1 })
}

const openAll = async (folder: string, probe: Case, place: string): Promise<Server[]> => {
  const servers: Server[] = []
  for (const name of values.systems.split(',')) {
    if (name === 'torch') {
      const problem = torchProblem()
      if (problem !== undefined) {
        say(`torch: left out: ${problem}`)
        continue
      }
      servers.push(await bestTorch(folder, probe, place))
    } else {
      const flags = ['--no-warnings', ...process.execArgv, here('./serve.ts'), name]
      servers.push(new Server(name, process.execPath, flags, process.env))
    }
  }
  const open: Server[] = []
  for (const server of servers) {
    const { description, error } = await server.ask({ command: 'open' })
    if (error !== undefined) {
      say(`${server.name}: left out: ${error}`)
      server.stop()
    } else {
      say(`${server.name}: ${description}`)
      open.push(server)
    }
  }
  return open
}

const agree = (left: readonly number[], right: readonly number[], tolerance: number): boolean => {
  const scale = Math.max(...left.map(Math.abs), ...right.map(Math.abs), 1e-6)
  return (
    left.length === right.length &&
    left.every((value, place) => Math.abs(value - (right[place] ?? NaN)) <= tolerance * scale)
  )
}

const measure = async (each: Case, servers: readonly Server[], place: string): Promise<Row[]> => {
  const ready: {
    readonly server: Server
    readonly check: readonly number[]
    readonly times: number[]
    spent: number
  }[] = []
  for (const server of servers) {
    if (each.systems?.includes(server.name) === false) continue
    const { check, skip, error } = await server.ask({ command: 'prepare', name: each.name, place })
    if (check !== undefined) ready.push({ server, check, times: [], spent: 0 })
    else say(`${each.name} ${server.name}: ${skip === undefined ? `FAILED: ${error}` : `skipped: ${skip}`}`)
  }
  // The judge is PyTorch where it runs: results of all others are compared with its.
  const judge = ready.find(({ server }) => server.name === 'torch') ?? ready[0]
  for (const { server, check } of ready) {
    if (judge !== undefined && !agree(check, judge.check, each.tolerance)) {
      throw new Error(
        `${each.name}: ${server.name} gives ${check.join(', ')}, ${judge.server.name} gives ${judge.check.join(', ')}`,
      )
    }
  }
  // Systems take turns, so that a disturbance of the machine meets all of them.
  for (let run = 0; run < warmUp + runs; run++) {
    for (const system of ready) {
      if (system.spent > patience * 1000 && system.times.length >= 3) continue
      const { milliseconds, error } = await system.server.ask({ command: 'run' })
      if (milliseconds === undefined) throw new Error(`${each.name}: ${system.server.name}: ${error}`)
      system.spent += milliseconds
      if (run >= warmUp || milliseconds > 3000) system.times.push(milliseconds)
    }
  }
  return ready.map(({ server, times }) => {
    const { median, min, max, runs: count } = timingOf(times)
    return {
      case: each.name,
      system: server.name,
      device: 'cpu',
      median_ms: median,
      min_ms: min,
      max_ms: max,
      runs: count,
      work: each.work,
      unit: each.unit,
    }
  })
}

const show = (rows: readonly Row[], limit: number): void => {
  const [first] = rows
  for (const { case: name, system, median_ms: median, min_ms: min, max_ms: max, work, unit } of rows) {
    const rate =
      unit === 'op'
        ? `${((median * 1000) / work).toFixed(2)} µs each`
        : `${(work / median / 1e6).toFixed(1)} G${unit}/s`
    const floor = unit === 'flop' ? `${(median / ((work / limit) * 1000)).toFixed(2)} × floor of 2 cores` : ''
    const ratio = first === undefined ? '' : `${(median / first.median_ms).toFixed(2)} ×`
    console.log(
      [
        name.padEnd(22),
        system.padEnd(16),
        `${median.toFixed(3)} ms`.padStart(13),
        `(${min.toFixed(3)} … ${max.toFixed(3)})`.padEnd(24),
        ratio.padStart(8),
        rate.padStart(18),
        floor,
      ]
        .join(' ')
        .trimEnd(),
    )
  }
}

const folder = mkdtempSync(join(tmpdir(), 'chainrule-bench-'))
try {
  const { flops, fused } = measureFma()
  say(`Node ${process.version}, ${cores} × ${cpus()[0]?.model.trim()}, flags ${process.execArgv.join(' ') || 'none'}`)
  say(
    `FMA limit of one core, 128 bits, register only: ${(flops / 1e9).toFixed(1)} GFLOP/s (${fused ? 'fused' : 'multiply, then add'})`,
  )
  const places = new Map(chosen.map((each) => [each, writeArrays(folder, each)]))
  const [probe] = chosen
  if (probe === undefined) throw new Error('no case')
  const servers = await openAll(folder, probe, places.get(probe) ?? folder)
  for (const each of chosen) {
    const rows = await measure(each, servers, places.get(each) ?? folder)
    if (values.json) for (const row of rows) console.log(JSON.stringify(row))
    else show(rows, 2 * flops)
  }
  for (const server of servers) server.stop()
} finally {
  rmSync(folder, { recursive: true, force: true })
}
