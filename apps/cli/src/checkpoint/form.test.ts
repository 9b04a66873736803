import { expect, test } from 'vitest'
import { type Form, misfit } from './form.js'

const isNumber = (value: unknown): boolean => typeof value === 'number'
const form: Form = { run: { steps: isNumber, rate: (value) => value === undefined || isNumber(value) } }

test.each([
  [{ run: { steps: 1 } }, undefined],
  [{ run: { steps: 1, rate: 2, more: 'x' }, more: 'y' }, undefined],
  [{ run: { steps: 1, rate: 'fast' } }, 'run.rate'],
  [{ run: { rate: 1 } }, 'run.steps'],
  [{ run: [1] }, 'run'],
  [{}, 'run'],
])('the first fault of %j is at %s', (value, path) => {
  expect(misfit(value, form)).toBe(path)
})

test('members that every object inherits count as absent', () => {
  expect(misfit({}, { constructor: (value: unknown) => value === undefined })).toBeUndefined()
})
