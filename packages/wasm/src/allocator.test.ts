import { ArgumentError, OutOfMemoryError } from '@chainrule/tensor'
import { describe, expect, it } from 'vitest'
import { alignment, Allocator, type Block } from './allocator.js'
import { LinearMemory } from './linear-memory.js'

/** A reproducible stream of numbers in 0 … 1 (mulberry32). */
const randomNumbers = (seed: number) => (): number => {
  seed = (seed + 0x6d2b79f5) | 0
  let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed)
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
}

const makeAllocator = (limit?: number): { allocator: Allocator; memory: LinearMemory } => {
  const memory = new LinearMemory(false, limit)
  return { allocator: new Allocator(memory, 1024), memory }
}

/** Every byte but the last 64 belongs to one block, blocks lie in order, and no two neighbours are free. */
const checkBlocks = (allocator: Allocator, memory: LinearMemory): void => {
  let end = 1024
  let free = false
  for (const block of allocator.blocks()) {
    expect(block.address).toBe(end)
    const isFree = block.holder === undefined
    expect(isFree && free).toBe(false)
    free = isFree
    end += block.byteLength
  }
  expect(end).toBe(memory.byteLength - alignment)
}

describe('Allocator', () => {
  it('gives blocks that are aligned, large enough and apart, for any mix of sizes and lifetimes', () => {
    const { allocator, memory } = makeAllocator()
    const random = randomNumbers(7)
    const held: { block: Block; bytes: number }[] = []
    for (let step = 0; step < 5000; step++) {
      if (random() < 0.55 || held.length === 0) {
        const bytes = Math.floor(2 ** (random() * 18)) - 1
        const block = allocator.allocate(bytes, 'tensor')
        expect(block.address % alignment).toBe(0)
        expect(block.byteLength).toBeGreaterThanOrEqual(Math.max(bytes, 1))
        held.push({ block, bytes })
      } else {
        const [gone] = held.splice(Math.floor(random() * held.length), 1)
        if (gone !== undefined) allocator.free(gone.block)
      }
      if (step % 500 === 0) checkBlocks(allocator, memory)
    }
    checkBlocks(allocator, memory)
    expect(allocator.liveBlocks).toBe(held.length)
    for (const { block } of held) allocator.free(block)
    checkBlocks(allocator, memory)
    expect([...allocator.blocks()]).toHaveLength(1)
    expect(allocator.liveBytes).toBe(0)
  })

  it('stays flat over ten thousand steps of varying sizes', () => {
    const { allocator, memory } = makeAllocator()
    const random = randomNumbers(3)
    let peak = 0
    const sizes: number[] = []
    for (let step = 0; step < 10_000; step++) {
      const held = Array.from({ length: 12 }, () => allocator.allocate(Math.floor(random() * 400_000), 'tensor'))
      peak = Math.max(peak, allocator.liveBytes)
      for (const block of held.sort((one, other) => ((one.start * 7919) % 13) - ((other.start * 7919) % 13))) {
        allocator.free(block)
      }
      if (step % 1000 === 999) sizes.push(memory.byteLength)
    }
    // Growing adds a quarter and at least 4 MiB; beyond that the first thousand steps have seen all there is to see.
    expect(memory.byteLength).toBeLessThan(1.5 * peak + 8 * 2 ** 20)
    expect(sizes.at(-1)).toBe(sizes[0])
  })

  it('reuses the block of the size that was freed last', () => {
    const { allocator } = makeAllocator()
    const kept = allocator.allocate(1000, 'tensor')
    const first = allocator.allocate(5000, 'tensor')
    const guard = allocator.allocate(64, 'tensor')
    const { address } = first
    allocator.free(first)
    expect(allocator.allocate(5000, 'tensor').address).toBe(address)
    expect(kept.holder).toBe(guard.holder)
  })

  it('grows as far as its limit and uses all of it', () => {
    const { allocator, memory } = makeAllocator(16 * 2 ** 20)
    const block = allocator.allocate(16 * 2 ** 20 - 65536, 'tensor')
    expect(memory.byteLength).toBe(16 * 2 ** 20)
    allocator.free(block)
    expect(() => allocator.allocate(16 * 2 ** 20, 'tensor')).toThrow(OutOfMemoryError)
  })

  it('names the request, what is live and the largest holders when memory is out', () => {
    const { allocator } = makeAllocator(8 * 2 ** 20)
    for (let i = 0; i < 3; i++) allocator.allocate(2 * 2 ** 20, 'tensor')
    allocator.allocate(4096, 'scratch')
    expect(() => allocator.allocate(5 * 2 ** 20, 'tensor')).toThrow(
      /request of 5\.0 MiB with 6\.0 MiB live in 4 blocks.*into 8\.0 MiB.*3 × 2\.0 MiB \(tensor\), 1 × 4\.0 KiB \(scratch\)/,
    )
    // An allocation that failed took nothing.
    expect(allocator.allocate(2 ** 20, 'tensor').byteLength).toBeGreaterThanOrEqual(2 ** 20)
  })

  it.each([Number.NaN, 0, -5, 1000])('refuses a limit of %d bytes', (limit) => {
    expect(() => new LinearMemory(false, limit)).toThrow(ArgumentError)
  })
})
