import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { writeArrays } from './arrays.ts'
import type { Case } from './cases.ts'
import { readCommandLine } from './command-line.ts'
import { measureFma } from './limits.ts'
import { Server } from './server.ts'
import { timingOf } from './statistics.ts'
import { torchCommand, torchProblem, torchSettings } from './torch-process.ts'

const { chosen, systems, runs, json, quick } = readCommandLine()

/** A system made ready for a case. */
interface Contender {
  readonly server: Server
  readonly check: readonly number[]
  readonly times: number[]
  spent: number
}

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
  /** Calls of the native library in one run, where the system counts them. */
  readonly library_calls?: number
}

const here = (file: string): string => fileURLToPath(new URL(file, import.meta.url))
const say = (line: string): void => {
  if (json) console.error(line)
  else console.log(line)
}

/** Runs one after another while it is a system's turn. */
const runsPerTurn = Math.min(5, runs)
/** Threads of BLAS and OpenMP libraries keep spinning for a while after their work, to the cost of whoever is next. */
const pauseMilliseconds = 100
/**
 * Runs before those of a turn, not counted. On virtual machines Linux wakes a thread beside the one that wakes it while other
 * cores stand idle, and moves it away only some ticks later: libraries whose threads sleep in pauses, ours among them, would be
 * measured on one core. A training loop has no such pauses.
 */
const warmMilliseconds = 200
/** Longest that one system may take over one case, in seconds; then it makes do with fewer runs. */
const patience = quick ? 5 : 60
const cores = cpus().length

/** Servers of every system that can be had; PyTorch has one for each thread setting, of which each case takes the best. */
const openAll = async (): Promise<Server[]> => {
  const servers = systems.flatMap((name) => {
    if (name !== 'torch') {
      return new Server(name, process.execPath, ['--no-warnings', ...process.execArgv, here('./serve.ts'), name])
    }
    const problem = torchProblem()
    if (problem !== undefined) {
      say(`torch: left out: ${problem}`)
      return []
    }
    return torchSettings(cores).map((settings) => {
      const { command, args, env } = torchCommand(here('./systems/torch_system.py'), JSON.stringify(chosen), settings)
      return new Server('torch', command, args, env)
    })
  })
  const open: Server[] = []
  for (const server of servers) {
    const { description, error } = await server.ask({ command: 'open' })
    if (description === undefined) {
      say(`${server.name}: left out: ${error}`)
      server.stop()
    } else {
      server.description = description
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
  const prepared: Contender[] = []
  for (const server of servers) {
    if (each.systems?.includes(server.name) === false) continue
    const { check, skip, error } = await server.ask({ command: 'prepare', name: each.name, place })
    if (check !== undefined) prepared.push({ server, check, times: [], spent: 0 })
    else say(`${each.name} ${server.name}: ${skip === undefined ? `FAILED: ${error}` : `skipped: ${skip}`}`)
  }
  const turn = async ({ server }: Contender, count = runsPerTurn): Promise<readonly number[]> => {
    await new Promise((resolve) => setTimeout(resolve, pauseMilliseconds))
    const { milliseconds, error } = await server.ask({ command: 'run', count, warmMilliseconds })
    if (milliseconds === undefined) throw new Error(`${each.name}: ${server.name}: ${error}`)
    return milliseconds
  }
  // One turn to warm up, which also finds the best setting of a system that has several.
  const ready: Contender[] = []
  for (const alike of Map.groupBy(prepared, ({ server }) => server.name).values()) {
    const trials: { readonly contender: Contender; readonly time: number }[] = []
    for (const contender of alike) {
      if (each.warmUp !== undefined) await turn(contender, each.warmUp)
      trials.push({ contender, time: timingOf(await turn(contender)).median })
    }
    const best = trials.reduce((left, right) => (right.time < left.time ? right : left))
    ready.push(best.contender)
    if (trials.length > 1)
      say(`${each.name} ${best.contender.server.name}: best with ${best.contender.server.description}`)
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
  const callsOf = async (server: Server): Promise<number | undefined> =>
    (await server.ask({ command: 'count' })).libraryCalls
  const callsARun = new Map<Server, number>()
  for (const { server } of ready) {
    const before = server.name === 'torch' ? undefined : await callsOf(server)
    if (before === undefined) continue
    await server.ask({ command: 'run', count: 0, warmMilliseconds: 0 })
    callsARun.set(server, ((await callsOf(server)) ?? before) - before)
  }
  // Systems take turns, so that a disturbance of the machine meets all of them.
  for (let done = 0; done < runs; done += runsPerTurn) {
    for (const system of [...ready]) {
      if (system.spent > patience * 1000 && system.times.length >= 3) continue
      let times: readonly number[]
      try {
        times = await turn(system)
      } catch (error) {
        say(`FAILED: ${error instanceof Error ? error.message : String(error)}`)
        ready.splice(ready.indexOf(system), 1)
        await system.server.restart()
        continue
      }
      system.times.push(...times)
      system.spent += times.reduce((sum, time) => sum + time, 0)
    }
  }
  return ready.map(({ server, times }) => {
    const { median, min, max, runs: count } = timingOf(times)
    const calls = callsARun.get(server)
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
      ...(calls === undefined ? {} : { library_calls: calls }),
    }
  })
}

const show = (rows: readonly Row[], limit: number): void => {
  const [first] = rows
  for (const row of rows) {
    const { case: name, system, median_ms: median, min_ms: min, max_ms: max, work, unit, library_calls: calls } = row
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
        calls === undefined ? '' : `${calls} calls of the library`,
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
  const servers = await openAll()
  for (const each of chosen) {
    const rows = await measure(each, servers, places.get(each) ?? folder)
    if (json) for (const row of rows) console.log(JSON.stringify(row))
    else show(rows, 2 * flops)
  }
  for (const server of servers) server.stop()
} finally {
  rmSync(folder, { recursive: true, force: true })
}
