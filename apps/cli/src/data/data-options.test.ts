import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { UsageError } from '../usage-error.js'
import { chooseData } from './data-options.js'

test('digits are learned unless something else is chosen', () => {
  expect(chooseData({})).toEqual({ kind: 'digits', samples: 20_000 })
})

test('paths are made absolute, so that a checkpoint can be evaluated from anywhere', () => {
  expect(chooseData({ data: 'mnist', dataDir: 'mnist', samples: 5 })).toEqual({
    kind: 'mnist',
    folder: resolve('mnist'),
    samples: 5,
  })
  expect(chooseData({ data: 'csv', dataFile: 'iris.csv' })).toEqual({
    kind: 'csv',
    file: resolve('iris.csv'),
    label: -1,
    testFraction: 0.2,
    dropMissing: false,
    samples: undefined,
  })
})

test.each([
  [{ data: 'idx' }, '--data idx needs --data-dir FOLDER.'],
  [{ data: 'csv' }, '--data csv needs --data-file FILE.'],
  [{ dataFile: 'x' }, '--data-file goes with --data csv, not with digits.'],
  [{ data: 'mnist', dataDir: 'x', label: 'y' }, '--label goes with --data csv, not with mnist.'],
  [{ dropMissing: true }, '--drop-missing goes with --data csv, not with digits.'],
  [{ data: 'csv', dataFile: 'x', dataDir: 'y' }, '--data-dir goes with --data mnist or idx, not with csv.'],
] as const)('%j is refused', (options, message) => {
  expect(() => chooseData(options)).toThrow(new UsageError(message))
})
