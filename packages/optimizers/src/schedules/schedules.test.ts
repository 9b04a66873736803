import { compile } from '@chainrule/compiler'
import { ArgumentError, StateDictError } from '@chainrule/tensor'
import { Parameter } from '@chainrule/autograd'
import { describe, expect, it } from 'vitest'
import { Schedule, schedules, SGD } from '../index.js'

const makers = {
  constant: () => schedules.constant(0.1),
  step: () => schedules.step(0.1, 3),
  exponential: () => schedules.exponential(0.1, 0.9),
  cosine: () => schedules.cosine(0.1, 10, { etaMin: 0.01 }),
  linearWarmup: () => schedules.linearWarmup(0.1, { totalIters: 7 }),
  oneCycle: () => schedules.oneCycle(0.1, 10),
} satisfies Omit<Record<keyof typeof schedules, () => Schedule>, 'reduceOnPlateau'>

describe.each(Object.entries(makers))('schedules.%s', (_, make) => {
  it('continues from its state', () => {
    const [whole, before, after] = [make(), make(), make()]
    for (let count = 0; count < 4; count++) {
      whole.step()
      before.step()
    }
    after.loadStateDict(JSON.parse(JSON.stringify(before.stateDict())) as ReturnType<Schedule['stateDict']>)
    for (let count = 0; count < 4; count++) {
      expect(after.value).toBe(whole.value)
      whole.step()
      after.step()
    }
  })

  it('moves on inside a compiled step as outside', () => {
    const run = (compiled: boolean): number[] => {
      const weight = new Parameter([1])
      const schedule = make()
      const optimizer = new SGD([weight], { lr: schedule })
      const eager = (): void => {
        optimizer.zeroGrad()
        weight.square().sum().backward()
        optimizer.step()
        schedule.step()
      }
      const step = compiled ? compile(eager) : eager
      for (let count = 0; count < 5; count++) step()
      return [schedule.count, ...weight.dataSync()]
    }
    expect(run(true)).toEqual(run(false))
    expect(run(true)[0]).toBe(5)
  })

  it('refuses a rate that is negative or not finite', () => {
    const build: Record<string, (lr: number) => unknown> = {
      constant: (lr) => schedules.constant(lr),
      step: (lr) => schedules.step(lr, 3),
      exponential: (lr) => schedules.exponential(lr, 0.9),
      cosine: (lr) => schedules.cosine(lr, 3),
      linearWarmup: (lr) => schedules.linearWarmup(lr),
      oneCycle: (lr) => schedules.oneCycle(lr, 3),
    }
    for (const wrong of [-1, NaN, Infinity])
      for (const make of Object.values(build)) expect(() => make(wrong)).toThrow(ArgumentError)
  })
})

describe('schedules.oneCycle', () => {
  it('stays where the cycle ends', () => {
    const schedule = schedules.oneCycle(1, 4, { finalDivFactor: 10 })
    for (let count = 0; count < 20; count++) schedule.step()
    // 1 / 25 / 10, with a rounding of the cosine.
    expect(Math.abs(schedule.value - 0.004)).toBeLessThan(1e-16)
  })

  it('may begin at the top', () => {
    expect(schedules.oneCycle(1, 5, { pctStart: 0.2 }).value).toBe(1)
  })
})

describe('schedules.reduceOnPlateau', () => {
  it('continues from its state', () => {
    const make = () => schedules.reduceOnPlateau(1, { patience: 1, factor: 0.5, cooldown: 1 })
    const metrics = [3, 2, 2.5, 2.4, 2.3, 2.2, 2.1, 1, 1.5, 1.5, 1.5]
    const whole = make()
    let part = make()
    metrics.forEach((metric, place) => {
      if (place === 5) {
        const next = make()
        next.loadStateDict(JSON.parse(JSON.stringify(part.stateDict())) as ReturnType<typeof part.stateDict>)
        part = next
      }
      whole.step(metric)
      part.step(metric)
      expect(part.stateDict()).toEqual(whole.stateDict())
    })
    expect(whole.value).toBeLessThan(0.5)
  })

  it('gives an optimizer its rate', () => {
    const schedule = schedules.reduceOnPlateau(1, { patience: 0, factor: 0.5 })
    const optimizer = new SGD([new Parameter([1])], { lr: schedule })
    for (const metric of [1, 1]) schedule.step(metric)
    expect(optimizer.lr).toBe(0.5)
  })

  it('takes NaN as no better, and refuses what is no number', () => {
    const schedule = schedules.reduceOnPlateau(1, { patience: 0 })
    schedule.step(1)
    schedule.step(NaN)
    expect(schedule.value).toBe(0.1)
    expect(() => schedule.step('1' as never)).toThrow(ArgumentError)
  })
})

describe('wrong schedules are refused', () => {
  it.each([
    [
      'a stair of half a step',
      () => schedules.step(1, 0.5),
      'schedules.step: got stepSize 0.5, expected a whole number',
    ],
    [
      'a factor of 0',
      () => schedules.exponential(1, 0),
      'schedules.exponential: got gamma 0, expected a finite number above 0',
    ],
    ['a cosine without length', () => schedules.cosine(1, 0), 'schedules.cosine: got tMax 0'],
    ['a negative least', () => schedules.cosine(1, 5, { etaMin: -1 }), 'schedules.cosine: got etaMin -1'],
    ['a warmup from 0', () => schedules.linearWarmup(1, { startFactor: 0 }), 'got startFactor 0'],
    ['a cycle of nothing', () => schedules.oneCycle(1, 0), 'got totalSteps 0'],
    [
      'more than all of a cycle',
      () => schedules.oneCycle(1, 5, { pctStart: 2 }),
      'got pctStart 2, expected a number from 0 to 1',
    ],
    [
      'an unknown strategy',
      () => schedules.oneCycle(1, 5, { annealStrategy: 'cubic' as never }),
      "got annealStrategy 'cubic', expected 'cos' or 'linear'",
    ],
    [
      'a factor of 1',
      () => schedules.reduceOnPlateau(1, { factor: 1 }),
      'got factor 1, expected a number above 0 and below 1',
    ],
    ['an unknown mode', () => schedules.reduceOnPlateau(1, { mode: 'mean' as never }), "got mode 'mean'"],
  ])('%s', (_, make, message) => {
    expect(make).toThrow(ArgumentError)
    expect(make).toThrow(message)
  })

  it.each([
    ['a schedule', () => schedules.constant(1).loadStateDict({ last_epoch: -1 })],
    ['a schedule of something else', () => new Schedule(() => 1).loadStateDict({ count: 1 } as never)],
    ['a plateau', () => schedules.reduceOnPlateau(1).loadStateDict({ last_epoch: 0 } as never)],
  ])('wrong states of %s', (_, load) => {
    expect(load).toThrow(StateDictError)
  })
})
