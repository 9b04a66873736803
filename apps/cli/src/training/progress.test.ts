import { expect, test } from 'vitest'
import { Progress } from './progress.js'

test('a line has the mean loss, the speed since the last line, and the time that is left at the speed of all', () => {
  let now = 1000
  const progress = new Progress(2, 10, 0, () => now)
  now += 1000
  const interval = { epoch: 1, step: 5, samples: 100, loss: 150, correct: 25 }
  expect(progress.line(interval)).toBe(
    'epoch 1/2  step  5/10  loss 1.5000  accuracy  25.0 %     100 samples/s  ETA 3.0 s',
  )
  now += 3000
  // Ten steps took four seconds: the ten that are left take four more.
  expect(progress.line({ ...interval, step: 10 })).toBe(
    'epoch 1/2  step 10/10  loss 1.5000  accuracy  25.0 %      33 samples/s  ETA 4.0 s',
  )
  expect(progress.seconds).toBe(4)
})

test('steps that were done before the start say nothing about the speed', () => {
  let now = 0
  const progress = new Progress(2, 10, 10, () => now)
  now += 1000
  // One step took a second: the nine that are left take nine.
  expect(progress.line({ epoch: 2, step: 1, samples: 20, loss: 30, correct: 5 })).toMatch(/ETA 9\.0 s$/)
})
