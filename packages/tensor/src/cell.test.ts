import { describe, expect, test } from 'vitest'
import { cell, type Cell, mul, numberOf, tensor } from './index.js'
import { withRecorder } from './recorder.js'

describe('cells', () => {
  test('hold a number that changes', () => {
    const rate = cell(0.1)
    expect(rate.value).toBe(0.1)
    rate.set(0.2)
    expect(rate.value).toBe(0.2)
  })

  test('compute from other cells when read', () => {
    const step = cell(0)
    const rate = cell(() => 1 / (1 + step.value))
    step.set(3)
    expect(rate.value).toBe(0.25)
    step.set(9)
    expect(rate.value).toBe(0.1)
  })

  test('set by a function take its number now', () => {
    const step = cell(1)
    step.set(() => step.value + 1)
    expect(step.value).toBe(2)
    expect(step.value).toBe(2)
  })

  test('set after a function lose it', () => {
    const rate = cell(() => 7)
    rate.set(1)
    expect(rate.value).toBe(1)
  })

  test('stand where numbers stand', () => {
    const rate = cell(2)
    expect([...mul(tensor([1, 2]), rate).dataSync()]).toEqual([2, 4])
    rate.set(3)
    expect([...mul(tensor([1, 2]), rate).dataSync()]).toEqual([3, 6])
    expect(numberOf(rate)).toBe(3)
    expect(numberOf(5)).toBe(5)
    expect(Number(rate) + 1).toBe(4)
    expect(String(rate)).toBe('cell(3)')
  })

  test('are float64 on the host, rounded where an op uses them', () => {
    const third = cell(() => 1 / 3)
    expect(third.value).toBe(1 / 3)
    expect(tensor([1], { dtype: 'float64' }).mul(third).dataSync()[0]).toBe(1 / 3)
    expect(tensor([1]).mul(third).dataSync()[0]).toBe(Math.fround(1 / 3))
  })

  test('are not set while a capture takes the change over', () => {
    const step = cell(1)
    const seen: unknown[] = []
    const capture = {
      kind: 'capture' as const,
      op: () => undefined,
      setCell: (changed: Cell, value: unknown) => {
        seen.push([changed === step, value])
        return true
      },
    }
    withRecorder(capture, () => {
      step.set(5)
    })
    expect(step.value).toBe(1)
    expect(seen).toEqual([[true, 5]])
  })
})
