import { describe, expect, it } from 'vitest'
import { BufferPool, type PooledBuffer, sizeClass } from './buffer-pool.js'

const poolOf = (capacity: number): { pool: BufferPool; evicted: PooledBuffer[]; created: () => number } => {
  const evicted: PooledBuffer[] = []
  let created = 0
  const create = (): GPUBuffer => {
    created++
    return {} as GPUBuffer
  }
  return { pool: new BufferPool(create, (buffer) => evicted.push(buffer), capacity), evicted, created: () => created }
}

describe('size classes', () => {
  it('hold what was asked for with at most a quarter to spare', () => {
    for (let bytes = 257; bytes < 2 ** 31; bytes = Math.ceil(bytes * 1.37)) {
      expect(sizeClass(bytes)).toBeGreaterThanOrEqual(bytes)
      expect(sizeClass(bytes)).toBeLessThanOrEqual(bytes * 1.25)
      expect(sizeClass(bytes) % 64).toBe(0)
    }
  })

  it('are their own class', () => {
    for (const bytes of [1, 256, 257, 1000, 4096, 5000, 123456789])
      expect(sizeClass(sizeClass(bytes))).toBe(sizeClass(bytes))
  })
})

describe('a buffer pool', () => {
  it('lends the buffer returned last again', () => {
    const { pool, created } = poolOf(1e6)
    const first = pool.take(1000, 1e9)
    const second = pool.take(1000, 1e9)
    pool.give(first)
    pool.give(second)
    expect(pool.take(900, 1e9)).toBe(second)
    expect(pool.take(1000, 1e9)).toBe(first)
    expect(created()).toBe(2)
  })

  it('evicts what waited longest when more than its capacity waits', () => {
    const { pool, evicted } = poolOf(3000)
    const buffers = [1024, 1024, 1024].map((bytes) => pool.take(bytes, 1e9))
    for (const buffer of buffers) pool.give(buffer)
    expect(evicted).toEqual([buffers[0]])
    expect(pool.statistics).toMatchObject({ freeBytes: 2048, lentBytes: 0 })
  })

  it('cuts classes to the largest buffer there may be', () => {
    const { pool } = poolOf(1e6)
    expect(pool.take(1000, 1010).byteLength).toBe(1010)
  })
})
