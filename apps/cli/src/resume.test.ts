import { readFileSync, renameSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadCheckpoint, saveCheckpoint, saveSafetensors, tensor } from 'chainrule'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type BuiltCommandLine, buildCommandLine, type Ended } from './testing/spawn-command-line.js'

let commandLine: BuiltCommandLine
const chainrule = (...words: readonly string[]): Promise<Ended> => commandLine.run(...words)
const pathOf = (name: string): string => join(commandLine.folder, name)

/** 2000 steps: with a line each it says more than a pipe holds, so that it cannot be done before a signal reaches it. */
const long = ['train', '--samples', '3200', '--hidden', '16', '--epochs', '5', '--batch-size', '8']
const everyStep = ['--interval', '1']

let whole: Ended

beforeAll(async () => {
  commandLine = await buildCommandLine()
  whole = await chainrule(...long, '--save', 'whole')
}, 120_000)
afterAll(() => commandLine.dispose())

const isWhole = (name: string): boolean => readFileSync(pathOf(name)).equals(readFileSync(pathOf('whole')))
const accuracyLine = ({ output }: Ended): string | undefined => /^test accuracy .*$/m.exec(output)?.[0]

describe('a run that is stopped', { timeout: 60_000 }, () => {
  test('by Ctrl-C saves after the step, and goes on to the same file as one that never stopped', async () => {
    // Twice, as under npm, which hands on what the terminal has sent already.
    const moment = { when: /^epoch 2\/5 {2}step {2}2\d\//m, signals: ['SIGINT', 'SIGINT'] } as const
    const stopped = await commandLine.signalAt(moment, ...long, ...everyStep, '--save', 'stopped')
    expect(stopped.errors).toMatch(
      /^\nstopping; Ctrl-C again ends at once\ninterrupted .*\. Saved; go on with: chainrule train --resume stopped\n$/,
    )
    expect(stopped.code).toBe(130)
    const place = /interrupted (.*)\. Saved/.exec(stopped.errors)?.[1] ?? ''
    expect(place).toMatch(/^in epoch [2-5] of 5, after step \d+ of 400$|^after epoch [2-4] of 5$/)

    const resumed = await chainrule('train', '--resume', 'stopped')
    expect(resumed.errors).toBe('')
    expect(resumed.output).toContain(`\nresume  stopped, ${place}\n`)
    expect(resumed.output).toContain('\nsaved   stopped\n')
    expect(accuracyLine(resumed)).toBe(accuracyLine(whole))
    expect(isWhole('stopped')).toBe(true)
  })

  test('by SIGTERM, as containers send it, does the same', async () => {
    const moment = { when: /^epoch 2\/5 {2}step {2}2\d\//m, signals: ['SIGTERM'] } as const
    const stopped = await commandLine.signalAt(moment, ...long, ...everyStep, '--save', 'terminated')
    expect(stopped.errors).toMatch(
      /^\nstopping; another signal ends at once\ninterrupted .*\. Saved; go on with: chainrule train --resume terminated\n$/,
    )
    expect([stopped.code, stopped.signal]).toEqual([143, null])
    expect((await chainrule('train', '--resume', 'terminated')).code).toBe(0)
    expect(isWhole('terminated')).toBe(true)
  })

  test('by force goes on from the end of its last epoch', async () => {
    const moment = { when: /^epoch 3\/5 {2}step {2}2\d\//m, signals: ['SIGKILL'] } as const
    const killed = await commandLine.signalAt(moment, ...long, ...everyStep, '--save', 'killed')
    expect(killed.signal).toBe('SIGKILL')
    const resumed = await chainrule('train', '--resume', 'killed', '--save', 'elsewhere')
    expect(resumed.output).toMatch(/^resume {2}killed, after epoch [2-4] of 5$/m)
    expect(isWhole('elsewhere')).toBe(true)
    expect(isWhole('killed')).toBe(false)
  })

  test('without --save says that nothing was saved', async () => {
    const moment = { when: /^epoch 1\/5 {2}step {2}2\d\//m, signals: ['SIGINT'] } as const
    const { code, errors } = await commandLine.signalAt(moment, ...long, ...everyStep)
    expect(errors).toMatch(/\ninterrupted .* epoch \d of 5.*\. Nothing was saved: that takes --save FILE\.\n$/)
    expect(code).toBe(130)
  })
})

describe('a run that is done', { timeout: 60_000 }, () => {
  test('is not gone on with', async () => {
    const { code, errors } = await chainrule('train', '--resume', 'whole')
    expect(errors).toBe(
      'error: --resume got "whole", whose run is done: 5 of 5 epochs. Make it longer, for instance with --epochs 6.\n',
    )
    expect(code).toBe(2)
  })

  test('can be made longer', async () => {
    const { code, output } = await chainrule('train', '--resume', 'whole', '--epochs', '6', '--save', 'longer')
    expect(output).toContain('cosine schedule, 6 epochs, batches of 8, seed 1\n')
    expect(output).toMatch(
      /^resume {2}whole, after epoch 5 of 6\nresume {2}the cosine schedule now ends after epoch 6, not 5: .*\nepoch 6\/6 {2}step 100\/400 /m,
    )
    expect(code).toBe(0)
    const { output: described } = await chainrule('inspect', 'longer')
    expect(described).toMatch(/^config\.training\.epochs +6$/m)
    expect(described).toMatch(/^step +2400$/m)
  })
})

describe('--resume refuses', { timeout: 60_000 }, () => {
  const refuse = async (words: readonly string[], message: string | RegExp, exitCode: number): Promise<void> => {
    const { code, output, errors } = await chainrule('train', '--resume', ...words)
    expect(errors).toMatch(message)
    expect(errors).not.toMatch(/^ {4}at |unexpected/m)
    expect(output).toBe('')
    expect(code).toBe(exitCode)
  }
  /** Writes a checkpoint like the whole one, but for some members. */
  const change = async (name: string, changes: object): Promise<void> =>
    saveCheckpoint(pathOf(name), { ...(await loadCheckpoint(pathOf('whole'))), ...changes })

  test('what contradicts the checkpoint', () =>
    refuse(
      ['whole', '--epochs', '6', '--lr', '0.2'],
      'error: --lr 0.2 contradicts "whole", whose run has --lr 0.1. Leave it out.',
      2,
    ))

  test('a file that is missing', () => refuse(['missing'], /^FileError: loadCheckpoint: .*missing/, 1))

  test('a file that ends too early', async () => {
    writeFileSync(pathOf('short'), readFileSync(pathOf('whole')))
    truncateSync(pathOf('short'), 50_000)
    await refuse(['short'], /^FormatError: loadCheckpoint: .*short/, 1)
  })

  test('a file of another kind, or another program', async () => {
    writeFileSync(pathOf('text'), 'not a checkpoint at all')
    await refuse(['text'], /^FormatError: loadCheckpoint: /, 1)
    await saveSafetensors(pathOf('weights.safetensors'), { weight: tensor([1]) })
    await refuse(['weights.safetensors'], 'this is a safetensors file, but not a checkpoint', 1)
    await saveCheckpoint(pathOf('other'), { weight: tensor([1]) })
    await refuse(['other'], /^FormatError: load: got "other", a checkpoint of another program/, 1)
  })

  test('a checkpoint without the state of a run', async () => {
    await change('stateless', { optimizer: undefined })
    await refuse(
      ['stateless'],
      /^FormatError: resume: got "stateless" without what a run needs to go on \("optimizer"\)/,
      1,
    )
    expect((await chainrule('eval', 'stateless')).code).toBe(0)
  })

  test('a checkpoint with parts that make no sense, or do not fit', async () => {
    await change('senseless', { config: { data: { kind: 'digits', samples: -1 } } })
    await refuse(['senseless'], /^FormatError: load: got "senseless" with a "config\.data\.samples" that/, 1)
    await change('misfit', { testAccuracy: undefined, optimizer: { state: {}, param_groups: [] } })
    const { errors, code } = await chainrule('train', '--resume', 'misfit')
    expect(errors).toMatch(/^StateDictError: SGD\.loadStateDict: got a state dict that does not fit/)
    expect(code).toBe(1)
  })

  test('data that are gone or have changed', async () => {
    const rows = Array.from({ length: 100 }, (_, row) => `${row},${row < 50 ? 'low' : 'high'}`)
    const write = (name: string, lines: readonly string[]): void =>
      writeFileSync(pathOf(name), `size,kind\n${lines.join('\n')}\n`)
    write('table.csv', rows)
    const { code } = await chainrule(
      'train',
      '--data',
      'csv',
      '--data-file',
      'table.csv',
      '--epochs',
      '1',
      '--save',
      't',
    )
    expect(code).toBe(0)
    renameSync(pathOf('table.csv'), pathOf('moved.csv'))
    const longer = ['t', '--epochs', '2']
    await refuse(
      longer,
      /^SourceError: loadCsv: got ".*table\.csv".* If the data have moved, say .* --data-file FILE\.\n$/,
      1,
    )
    write('table.csv', rows.slice(1))
    await refuse(
      longer,
      /^ArgumentError: resume: got \d+ samples of 1 in 2 classes in .*table\.csv, expected 80 samples/,
      1,
    )
    write('table.csv', ['1000,low', ...rows.slice(1)])
    await refuse(longer, /^ArgumentError: resume: got other numbers in .*table\.csv, expected the same, as when "t"/, 1)
    const before = readFileSync(pathOf('t'))
    write('larger.csv', [...rows, '100,huge'])
    await refuse(
      [...longer, '--data-file', 'larger.csv'],
      /^ArgumentError: resume: got \d+ samples of 1 in 3 classes in .*larger\.csv, expected 80 samples of 1 in 2 classes/,
      1,
    )
    await refuse([...longer, '--data-dir', 'x'], 'whose run has no --data-dir', 2)
    expect(readFileSync(pathOf('t')).equals(before)).toBe(true)

    const moved = await chainrule('train', '--resume', ...longer, '--data-file', 'moved.csv', '--save', 'm')
    expect([moved.errors, moved.code]).toEqual(['', 0])
    expect(moved.output).toMatch(/^resume {2}t, .*\nresume {2}the data were in .*table\.csv before$/m)
    // The new place is recorded.
    expect((await chainrule('train', '--resume', 'm', '--epochs', '3')).code).toBe(0)
    renameSync(pathOf('moved.csv'), pathOf('table.csv'))
    expect((await chainrule('train', '--resume', ...longer)).code).toBe(0)
  })
})
