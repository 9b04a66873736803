import { linspace, stack, tensor, type Tensor } from '@chainrule/tensor'
import { describe, expect, test } from 'vitest'
import { Linear, ReLU, Sequential, Tanh } from './index.js'

const linearOf = (weight: readonly (readonly number[])[], bias: readonly number[] = [0, 0]): Linear => {
  const layer = new Linear(2, 2)
  layer.loadStateDict({ weight: tensor(weight), bias: tensor(bias) })
  return layer
}

const rotation = (angle: number): number[][] => [
  [Math.cos(angle), -Math.sin(angle)],
  [Math.sin(angle), Math.cos(angle)],
]

/** The corners of the unit square, counter-clockwise. */
const square = tensor([
  [0, 0],
  [1, 0],
  [1, 1],
  [0, 1],
])

/** Signed area of a polygon (shoelace formula): what a map makes of the unit square is its determinant. */
const signedArea = (corners: Tensor): number => {
  const points = corners.dataSync()
  let area = 0
  for (let place = 0; place < 4; place++) {
    const next = (place + 1) % 4
    const [x, y, u, v] = [points[2 * place], points[2 * place + 1], points[2 * next], points[2 * next + 1]]
    area += ((x ?? NaN) * (v ?? NaN) - (u ?? NaN) * (y ?? NaN)) / 2
  }
  return area
}

/** Points along the diagonal of the plane. */
const line = stack([linspace(-2, 2, 9), linspace(-2, 2, 9)], 1)

/** How far the points are from the straight line through the first and the last. */
const bend = (points: Tensor): number => {
  const data = points.dataSync()
  const [x0 = 0, y0 = 0] = data
  const [x1 = 0, y1 = 0] = data.slice(-2)
  let most = 0
  for (let place = 0; place < data.length; place += 2) {
    most = Math.max(most, Math.abs(((data[place] ?? 0) - x0) * (y1 - y0) - ((data[place + 1] ?? 0) - y0) * (x1 - x0)))
  }
  return most
}

const apply = (module: Linear | Sequential, points: Tensor): Tensor => module.forward(points)

/** float32 rounds each of a few sums of products: 1e-6 is eight units in the last place at 1. */
const rounding = 6

describe('row 8 of the notes: space stretching', () => {
  test('a rotation keeps lengths, areas and orientation', () => {
    const turned = apply(linearOf(rotation(0.7)), square)
    expect(signedArea(turned)).toBeCloseTo(1, rounding)
    const lengths = turned.square().sum(1).sqrt()
    expect([...lengths.dataSync()]).toEqual(
      [0, 1, Math.SQRT2, 1].map((length): unknown => expect.closeTo(length, rounding)),
    )
  })

  test('a reflection has a negative determinant: it turns the square over', () => {
    const mirrored = apply(
      linearOf([
        [1, 0],
        [0, -1],
      ]),
      square,
    )
    expect(signedArea(mirrored)).toBeCloseTo(-1, rounding)
  })

  test('a stretch multiplies areas by its determinant, and a projection leaves none', () => {
    const stretch = [
      [2, 1],
      [0, 1.5],
    ]
    expect(signedArea(apply(linearOf(stretch, [3, -1]), square))).toBeCloseTo(3, rounding)
    const projection = [
      [1, 2],
      [2, 4],
    ]
    expect(signedArea(apply(linearOf(projection), square))).toBeCloseTo(0, rounding)
  })

  test('linear maps, however many, keep lines straight', () => {
    const many = new Sequential(
      linearOf(rotation(0.4), [1, 2]),
      linearOf(rotation(-1.3)),
      linearOf([
        [3, 1],
        [0, -0.5],
      ]),
    )
    expect(bend(apply(many, line))).toBeLessThan(1e-4)
  })

  test('a non-linearity between them curves or folds space', () => {
    const uneven = linearOf([
      [2, 0],
      [0, 0.3],
    ])
    expect(bend(apply(new Sequential(uneven, new Tanh()), line))).toBeGreaterThan(0.1)
    // ReLU folds all but one quadrant onto its borders.
    const folded = apply(
      new Sequential(linearOf(rotation(0)), new ReLU()),
      tensor([
        [-1, -2],
        [-3, 4],
        [5, -6],
        [7, 8],
      ]),
    )
    expect([...folded.dataSync()]).toEqual([0, 0, 0, 4, 5, 0, 7, 8])
  })
})
