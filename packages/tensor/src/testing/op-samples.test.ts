import { readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import * as tensorPackage from '../index.js'
import { coveredOps, inFloat64, opSamples } from './op-samples.js'

const folder = new URL('../ops/', import.meta.url)

/** Functions of `ops/` that the package exports: its ops. */
const exportedOps = async (): Promise<string[]> => {
  const files = readdirSync(folder).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
  const modules = await Promise.all(
    files.map((name) => import(/* @vite-ignore */ `${folder.href}${name}`) as Promise<Record<string, unknown>>),
  )
  const functions = new Set(modules.flatMap((module) => Object.values(module).filter((it) => typeof it === 'function')))
  return Object.entries(tensorPackage).flatMap(([name, value]) => (functions.has(value as never) ? [name] : []))
}

/** What carries out or makes elementwise ops; those have functions of their own. */
const notAnOp = new Set(['elementwise', 'defineElementwise'])

describe('op samples', () => {
  test('cover every op that the package exports', async () => {
    const ops = (await exportedOps()).filter((name) => !notAnOp.has(name))
    expect(ops.length).toBeGreaterThan(100)
    const covered = coveredOps()
    expect(ops.filter((name) => !covered.has(name))).toEqual([])
  })

  test('are of ops that exist as functions or methods', () => {
    const exists = (name: string): boolean => name in tensorPackage || name in tensorPackage.Tensor.prototype
    expect([...coveredOps()].filter((name) => !exists(name))).toEqual([])
  })

  test('have names of their own', () => {
    const names = opSamples.map(({ name }) => name)
    expect(names.filter((name, place) => names.indexOf(name) !== place)).toEqual([])
  })

  test('state values exactly where they are conventions', () => {
    const wrong = opSamples.filter(({ kind, expected }) => (kind === 'convention') !== (expected !== undefined))
    expect(wrong.map(({ name }) => name)).toEqual([])
  })

  test('give each input as many elements as its shape has', () => {
    const wrong = opSamples.filter(({ inputs }) =>
      inputs.some(({ data, shape }) => data.length !== shape.reduce((product, size) => product * size, 1)),
    )
    expect(wrong.map(({ name }) => name)).toEqual([])
  })

  test('take finite numbers where they are smooth', () => {
    const wrong = opSamples.filter(
      ({ kind, inputs }) => kind === 'smooth' && !inputs.every(({ data }) => data.every(Number.isFinite)),
    )
    expect(wrong.map(({ name }) => name)).toEqual([])
  })

  test('differentiate only float inputs', () => {
    const wrong = opSamples.filter(({ inputs, differentiable }) =>
      differentiable.some((place) => inputs[place]?.dtype !== 'float32'),
    )
    expect(wrong.map(({ name }) => name)).toEqual([])
  })

  test('state gradients of the shape of their inputs', () => {
    const wrong = opSamples.filter(({ inputs, expected }) =>
      (expected?.gradients ?? []).some((gradient, place) => gradient && gradient.length !== inputs[place]?.data.length),
    )
    expect(wrong.map(({ name }) => name)).toEqual([])
  })

  test('have float64 twins with the same numbers', () => {
    const twins = opSamples.flatMap((sample) => inFloat64(sample) ?? [])
    expect(twins.length).toBeGreaterThan(1000)
    expect(twins.every(({ inputs }) => inputs.every(({ dtype }) => dtype !== 'float32'))).toBe(true)
  })
})
