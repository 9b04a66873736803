import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { saveCheckpoint, saveNpy, tensor, zeros } from 'chainrule'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sharedData } from '../../../scripts/shared-data.js'
import { type BuiltCommandLine, buildCommandLine, type Ended } from './testing/spawn-command-line.js'

let commandLine: BuiltCommandLine
const chainrule = (...words: readonly string[]): Promise<Ended> => commandLine.run(...words)

beforeAll(async () => {
  commandLine = await buildCommandLine()
}, 60_000)
afterAll(() => commandLine.dispose())

/** Small enough for any device, large enough to learn something. */
const tiny = ['train', '--samples', '640', '--hidden', '16', '--epochs', '2', '--batch-size', '32']

describe('help', { timeout: 60_000 }, () => {
  test.each(['', 'train', 'eval', 'predict', 'inspect', 'grad-check', 'bench', 'doctor'])(
    'of "%s" says what is possible',
    async (command) => {
      const { code, output, errors } = await chainrule(...command.split(' ').filter(Boolean), '--help')
      expect(errors).toBe('')
      expect(code).toBe(0)
      expect(output).toMatchSnapshot()
    },
  )

  test('can be asked for in words', async () => {
    expect((await chainrule('help', 'train')).output).toBe((await chainrule('train', '--help')).output)
    expect((await chainrule('help')).code).toBe(0)
  })

  test('is what an empty command gets, which counts as a mistake', async () => {
    const { code, output } = await chainrule()
    expect(code).toBe(2)
    expect(output).toContain('Usage: chainrule [options] [command]')
  })
})

describe('a mistake is named in one message without a stack', { timeout: 60_000 }, () => {
  test.each([
    [['trian'], "error: unknown command 'trian'", 2],
    [['train', '--epochs', 'many'], 'Expected a whole number of at least 1.', 2],
    [['train', '--lr', '-1'], 'Expected a number above 0.', 2],
    [['train', '--model', 'rnn'], 'Allowed choices are mlp, cnn.', 2],
    [['train', '--hidden', '16,x'], 'Expected a whole number of at least 1.', 2],
    [['train', '--no-such'], "error: unknown option '--no-such'", 2],
    [['train', 'extra'], 'too many arguments', 2],
    [['train', '--data', 'mnist'], 'error: --data mnist needs --data-dir FOLDER.', 2],
    [['train', '--data-dir', '.'], 'error: --data-dir goes with --data mnist or idx, not with digits.', 2],
    [
      ['train', '--optimizer', 'adam', '--momentum', '0.5'],
      'error: --momentum goes with --optimizer sgd, not with adam.',
      2,
    ],
    [
      ['train', '--device', 'reference', '--threads', '2'],
      'error: --threads goes with --device wasm, not with reference.',
      2,
    ],
    [['train', '--save', 'missing/model.checkpoint'], 'is no folder.', 2],
    [['train', '--save', '.'], 'error: --save got ".", which is a folder. Add a file name.', 2],
    [['train', '--save', ''], "error: option '--save <file>' argument '' is invalid. Expected a path.", 2],
    [['train', '--data', 'mnist', '--data-dir', 'missing'], 'SourceError: loadMnist: got none of', 1],
    [['train', '--data', 'csv', '--data-file', 'missing.csv'], 'SourceError: loadCsv: got "', 1],
    [['grad-check', 'Cell'], 'Allowed choices are Linear, GELU,', 2],
    [['eval'], "error: missing required argument 'checkpoint'", 2],
    [['eval', 'missing.checkpoint'], 'FileError: loadCheckpoint: ', 1],
    [['inspect', 'missing.npy'], 'FileError: inspect: got "missing.npy"', 1],
  ] as const)('%j', async (words, message, exitCode) => {
    const { code, output, errors } = await chainrule(...words)
    expect(errors).toContain(message)
    expect(errors).not.toMatch(/^ {4}at /m)
    expect(output).toBe('')
    expect(code).toBe(exitCode)
  })

  test('with --debug the stack follows', async () => {
    const { errors } = await chainrule('train', '--data', 'mnist', '--data-dir', 'missing', '--debug')
    expect(errors).toMatch(/^SourceError: loadMnist/)
    expect(errors).toMatch(/^ {4}at /m)
  })

  test('a run that diverges stops and says what to do', async () => {
    const { code, errors } = await chainrule(...tiny, '--lr', '1e9')
    expect(errors).toMatch(/^DivergedError: train: got a loss of (NaN|Infinity) by step \d+ of epoch \d/)
    expect(code).toBe(1)
  })
})

describe('train', { timeout: 60_000 }, () => {
  test('stops in silence when nobody reads on', async () => {
    const { code, signal, errors } = await commandLine.readOnce(...tiny, '--epochs', '100', '--interval', '1')
    expect(errors).toBe('')
    expect([code, signal]).toEqual([141, null])
  })

  test('takes a last batch of one sample', async () => {
    const { code, output } = await chainrule('train', '--samples', '33', '--batch-size', '32', '--epochs', '1')
    expect(output).toMatch(/^epoch 1\/1 {2}step 2\/2 /m)
    expect(code).toBe(0)
  })

  test('prints what it does, a line an interval, the accuracy and the time', async () => {
    const { code, output, errors } = await chainrule(...tiny, '--interval', '10', '--clip-norm', '5')
    expect(errors).toBe('')
    const lines = output.trimEnd().split('\n')
    expect(lines.slice(0, 3)).toEqual([
      'data    generated digits: 640 to learn from, 4,000 to test, each 1 × 28 × 28, 10 classes',
      'model   mlp 784-16-10, 12,730 parameters',
      'run     sgd, lr 0.1, momentum 0.9, gradient norm at most 5, cosine schedule, 2 epochs, batches of 32, seed 1',
    ])
    expect(lines[3]).toMatch(/^device {2}\w+, \d+ threads?(, \w+ \S+)?$/)
    const progress = lines.slice(4, -2)
    expect(progress).toHaveLength(4)
    for (const line of progress)
      expect(line).toMatch(
        /^epoch [12]\/2 {2}step [12]0\/20 {2}loss \d\.\d{4} {2}accuracy +\d+\.\d % +[\d,]+ samples\/s {2}ETA .+ s$/,
      )
    const accuracy = /^test accuracy (\d+\.\d) % \(([\d,]+) of 4,000\), loss \d\.\d{4}$/.exec(lines.at(-2) ?? '')
    // Chance is 10 %; this network learns far more from 640 digits, but not enough to round to all of them.
    expect(Number(accuracy?.[1])).toBeGreaterThan(40)
    expect(Number(accuracy?.[1])).toBeCloseTo(Number(accuracy?.[2]?.replace(',', '')) / 40, 1)
    expect(lines.at(-1)).toMatch(/^total time .+ s \(data .+ s, training .+ s, test .+ s\)$/)
    expect(code).toBe(0)
  })

  test('computes the same whether it compiles the step or runs op by op', async () => {
    const compiled = await chainrule(...tiny)
    const eager = await chainrule(...tiny, '--eager')
    const losses = ({ output }: Ended): string[] | null => output.match(/loss \d\.\d{4}/g)
    expect(losses(eager)).toEqual(losses(compiled))
  })

  test('gives the same numbers for the same seed, and others for another', async () => {
    const numbers = async (...more: readonly string[]): Promise<string[] | null> => {
      const { output } = await chainrule(...tiny, ...more)
      return output.match(/loss \d\.\d{4}/g)
    }
    const first = await numbers()
    expect(first).toHaveLength(9)
    expect(await numbers()).toEqual(first)
    expect(await numbers('--seed', '2')).not.toEqual(first)
  })

  test.each([
    ['a convolutional network', ['--model', 'cnn', '--samples', '64']],
    ['adam with a constant rate', ['--optimizer', 'adam', '--schedule', 'constant', '--lr', '0.01']],
    ['adamw with a one-cycle schedule', ['--optimizer', 'adamw', '--schedule', 'one-cycle', '--lr', '0.01']],
  ])('can use %s', async (_, words) => {
    const { code, output, errors } = await chainrule(...tiny, '--epochs', '1', ...words)
    expect(errors).toBe('')
    expect(output).toMatch(/^test accuracy/m)
    expect(code).toBe(0)
  })

  test('learns a CSV table', async () => {
    const rows = Array.from({ length: 200 }, (_, row) => {
      const [x, y] = [Math.sin(row) * 30, Math.cos(7 * row)]
      return `${x},${y},${x / 30 + y > 0 ? 'above' : 'below'}`
    })
    writeFileSync(join(commandLine.folder, 'table.csv'), `x,y,side\n${rows.join('\n')}\n`)
    const data = ['--data', 'csv', '--data-file', 'table.csv', '--label', 'side']
    const save = ['--save', 'table.checkpoint']
    const { code, output } = await chainrule(
      'train',
      ...data,
      '--hidden',
      '8',
      '--epochs',
      '40',
      '--batch-size',
      '16',
      ...save,
    )
    expect(output).toMatch(/^data .*table\.csv: 160 to learn from, 40 to test, each 2, 2 classes$/m)
    expect(Number(/^test accuracy (\S+)/m.exec(output)?.[1])).toBeGreaterThan(90)
    expect(code).toBe(0)
    expect((await chainrule('eval', 'table.checkpoint')).output).toContain(/^test accuracy.*$/m.exec(output)?.[0])

    // Another file is standardised as the table was, and its classes keep their numbers.
    writeFileSync(join(commandLine.folder, 'other.csv'), 'x,y,side\n15,0.9,above\n-15,-0.9,below\n-20,-0.5,below\n')
    const other = await chainrule('eval', 'table.checkpoint', '--data-file', 'other.csv')
    expect(other.output).toMatch(/^data {4}other\.csv, all rows\n.*\ntest accuracy 100\.0 % \(3 of 3\)/m)
    writeFileSync(join(commandLine.folder, 'wider.csv'), 'x,y,z,side\n1,2,3,above\n')
    const wider = await chainrule('eval', 'table.checkpoint', '--data-file', 'wider.csv')
    expect(wider.errors).toMatch(/^ArgumentError: eval: got 3 features and the classes above in "wider\.csv"/)

    // Features of a file are standardised like those of the table: their deviations differ by a factor of 30.
    await saveNpy(
      join(commandLine.folder, 'points.npy'),
      tensor([
        [15, 0.9],
        [-15, -0.9],
      ]),
    )
    const predicted = await chainrule('predict', 'table.checkpoint', 'points.npy')
    expect(predicted.output).toMatch(/^0 +above.*\n1 +below/m)
  })
})

describe('what the defaults learn', { timeout: 240_000 }, () => {
  const accuracyIn = ({ output }: Ended): number => Number(/^test accuracy (\S+) %/m.exec(output)?.[1])

  test('at least 97 % of unseen generated digits', async () => {
    expect(accuracyIn(await chainrule('train'))).toBeGreaterThanOrEqual(97)
  })

  test('at least 97 % of the test part of MNIST after three epochs', async (context) => {
    const folder = sharedData(context, 'mnist')
    const ended = await chainrule('train', '--data', 'mnist', '--data-dir', folder, '--model', 'mlp', '--epochs', '3')
    expect(accuracyIn(ended)).toBeGreaterThanOrEqual(97)
  })
})

describe('a checkpoint', { timeout: 60_000 }, () => {
  let trained: Ended

  beforeAll(async () => {
    trained = await chainrule(...tiny, '--save', 'digits.checkpoint')
  }, 60_000)

  test('has the accuracy with which training ended', async () => {
    const accuracy = /^test accuracy .*$/m.exec(trained.output)?.[0]
    const { code, output } = await chainrule('eval', 'digits.checkpoint')
    expect(output).toMatch(/^model {3}mlp 784-16-10, from digits\.checkpoint\ndata {4}generated digits, test part\n/)
    expect(output.trimEnd().split('\n').at(-1)).toBe(accuracy)
    expect(code).toBe(0)
  })

  test('predicts', async () => {
    const { code, output } = await chainrule('predict', 'digits.checkpoint', '--count', '3')
    expect(output).toMatch(/^sample {2}class {2}probability {2}truth\n(\d +\d +[\d.]+ % +\d\n){3}$/)
    expect(code).toBe(0)
  })

  test('predicts for a file, and refuses one of another shape', async () => {
    await saveNpy(join(commandLine.folder, 'images.npy'), zeros([2, 28, 28]))
    const { output } = await chainrule('predict', 'digits.checkpoint', 'images.npy')
    expect(output).toMatch(/^sample {2}class {2}probability\n(\d +\d +[\d.]+ %\n){2}$/)
    await saveNpy(join(commandLine.folder, 'small.npy'), zeros([2, 8, 8]))
    const refused = await chainrule('predict', 'digits.checkpoint', 'small.npy')
    expect(refused.errors).toMatch(/^ArgumentError: predict: got shape 2 × 8 × 8, expected 1 × 28 × 28/)
    expect(refused.code).toBe(1)
  })

  test('shows what it holds', async () => {
    const { code, output } = await chainrule('inspect', 'digits.checkpoint')
    expect(output).toMatch(/^chainrule checkpoint\nkind +"chainrule train"\n/)
    expect(output).toMatch(/^environment\.node +"v[\d.]+"$/m)
    expect(output).toMatch(/^environment\.device +"wasm"$/m)
    expect(output).toMatch(/^environment\.settings\.blas +"(OpenBLAS|none|[A-Z])/m)
    expect(output).not.toContain('workersUp')
    expect(output).toMatch(/^model\.1\.weight +\[16, 784\] +float32$/m)
    expect(output).toMatch(/^optimizer\.state\.0\.momentum_buffer +\[16, 784\] +float32$/m)
    expect(code).toBe(0)
  })

  test('is not evaluated on data of another kind', async () => {
    const { code, errors } = await chainrule('eval', 'digits.checkpoint', '--data-file', 'other.csv')
    expect(errors).toContain('error: --data-file goes with networks that learned a CSV file; this one learned digits.')
    expect(code).toBe(2)
  })

  test('of another program is refused', async () => {
    await saveCheckpoint(join(commandLine.folder, 'other.checkpoint'), { weight: tensor([1]) })
    const { code, errors } = await chainrule('eval', 'other.checkpoint')
    expect(errors).toMatch(/^FormatError: load: got "other\.checkpoint", a checkpoint of another program/)
    expect(code).toBe(1)
  })
})

describe('doctor', { timeout: 60_000 }, () => {
  test('says what runs here', async () => {
    const { code, output } = await chainrule('doctor')
    expect(output).toMatch(/^node +v\d+/m)
    expect(output).toMatch(/^reference: runs\n/m)
    expect(code).toBe(0)
  })
})

describe('grad-check', { timeout: 60_000 }, () => {
  test('finds the derivatives of every layer right', async () => {
    const { code, output, errors } = await chainrule('grad-check')
    expect(errors).toBe('')
    expect(output).toMatch(
      /^(gradCheck: \w+: all \d+ derivatives agree with central differences \(float64, .*\)\n){8}$/,
    )
    expect(code).toBe(0)
  })

  test('checks the layers it is given, in full and twice', async () => {
    const { output } = await chainrule('grad-check', 'GELU', '--full', '--order', '2')
    expect(output).toMatch(/^gradCheck: GELU: all \d+ derivatives agree .*\(float64, full, order 2, .*\)\n$/)
  })
})

describe('bench', { timeout: 60_000 }, () => {
  test('says where the benchmarks live', async () => {
    const { output } = await chainrule('bench')
    expect(output).toContain('npm run bench -- [CASE …]')
  })
})
