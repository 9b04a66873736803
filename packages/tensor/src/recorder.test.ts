import { describe, expect, test } from 'vitest'
import type { Tensor } from './index.js'
import { add, matmul, ones, scope, softmax, tensor, Variable } from './index.js'
import {
  activeCapture,
  activeGradients,
  belowRecorder,
  guard,
  isRecording,
  type OpEvent,
  type Recorder,
  startObserver,
  withGradientLevels,
  withoutCapture,
  withoutGradients,
  withRecorder,
} from './recorder.js'

/** A recorder that notes `name: op` of all it sees in a shared list. */
const noting = (kind: Recorder['kind'], name: string, list: string[]): Recorder => ({
  kind,
  op: ({ op }) => list.push(`${name}: ${op}`),
})

const op = (): Tensor => ones([2]).add(1)

describe('recorders', () => {
  test('see ops with their inputs, outputs and attributes', () => {
    const events: OpEvent[] = []
    const a = ones([2, 3])
    const b = ones([3, 4])
    const product = withRecorder({ kind: 'observer', op: (event) => events.push(event) }, () => matmul(a, b))
    expect(events).toHaveLength(1)
    expect(events[0]).toMatchObject({ op: 'matmul', attributes: {} })
    expect(events[0]?.inputs).toEqual([a, b])
    expect(events[0]?.outputs[0]).toBe(product)
  })

  test('see nothing after their function has returned or thrown', () => {
    const seen: string[] = []
    withRecorder(noting('observer', 'a', seen), op)
    expect(() =>
      withRecorder(noting('gradient', 'b', seen), () => {
        throw new Error('no')
      }),
    ).toThrow('no')
    seen.length = 0
    op()
    expect(seen).toEqual([])
    expect(isRecording()).toBe(false)
  })

  test('hear of ops capture first, then levels from the outermost inwards, then observers', () => {
    const seen: string[] = []
    const x = ones([2])
    withRecorder(noting('observer', 'observer', seen), () =>
      withRecorder(noting('gradient', 'outer', seen), () =>
        withRecorder(noting('capture', 'capture', seen), () =>
          withRecorder(noting('gradient', 'inner', seen), () => x.add(1)),
        ),
      ),
    )
    expect(seen).toEqual(['capture: map', 'outer: map', 'inner: map', 'observer: map'])
  })

  test('hear that an op is complete when every level has seen it', () => {
    const seen: string[] = []
    const level = (name: string): Recorder => ({
      kind: 'gradient',
      op: () => {
        seen.push(`${name} sees`)
      },
      complete: () => {
        seen.push(`${name} completes`)
      },
    })
    withRecorder(level('outer'), () => withRecorder(level('inner'), () => ones([2]).add(1)))
    expect(seen.slice(-4)).toEqual(['outer sees', 'inner sees', 'outer completes', 'inner completes'])
  })

  test('masking hides levels of differentiation and nothing else', () => {
    const seen: string[] = []
    const x = ones([2])
    withRecorder(noting('observer', 'observer', seen), () =>
      withRecorder(noting('gradient', 'gradient', seen), () =>
        withRecorder(noting('capture', 'capture', seen), () => {
          withoutGradients(() => x.add(1))
          expect(activeGradients()).toHaveLength(1)
        }),
      ),
    )
    expect(seen).toEqual(['capture: map', 'observer: map'])
  })

  test('detach is masked itself', () => {
    const seen: string[] = []
    const x = ones([2])
    withRecorder(noting('gradient', 'gradient', seen), () => x.detach())
    expect(seen).toEqual([])
  })

  test('the rules of a level run with only the levels below it', () => {
    const seen: string[] = []
    const [a, b, c] = ['a', 'b', 'c'].map((name) => noting('gradient', name, seen))
    if (!a || !b || !c) throw new RangeError('three levels')
    const x = ones([2])
    withGradientLevels([a, b, c], () => {
      belowRecorder(b, () => x.add(1))
      expect(activeGradients()).toEqual([a, b, c])
    })
    expect(seen).toEqual(['a: map'])
    belowRecorder(noting('gradient', 'unknown', seen), () => {
      expect(activeGradients()).toEqual([])
    })
  })

  test('masking ends when its function throws', () => {
    const level = noting('gradient', 'a', [])
    withRecorder(level, () => {
      expect(() =>
        withoutGradients(() => {
          throw new Error('no')
        }),
      ).toThrow('no')
      expect(activeGradients()).toEqual([level])
    })
  })
})

describe('observers of asynchronous code', () => {
  test('watch until they are stopped', async () => {
    const seen: string[] = []
    const stop = startObserver(noting('observer', 'a', seen))
    await Promise.resolve()
    op()
    stop()
    op()
    expect(seen).toEqual(['a: map', 'a: map'])
  })

  test('go on when a recorder that was there before them ends', () => {
    const seen: string[] = []
    const { stop } = withRecorder(noting('observer', 'outer', []), () => ({
      stop: startObserver(noting('observer', 'a', seen)),
    }))
    ones([1])
    stop()
    ones([1])
    expect(seen).toEqual(['a: map'])
  })

  test('stay stopped when a recorder that came after them ends', () => {
    const seen: string[] = []
    const stop = startObserver(noting('observer', 'a', seen))
    withRecorder(noting('observer', 'inner', []), stop)
    ones([1])
    expect(seen).toEqual([])
    expect(isRecording()).toBe(false)
  })
})

describe('captures', () => {
  const capture: Recorder = { kind: 'capture', op: () => undefined }

  test('compute nothing: results are abstract', () => {
    const made = withRecorder(capture, op)
    expect([made.isAbstract, made.shape, made.storage]).toEqual([true, [2], undefined])
    expect(() => made.dataSync()).toThrow(
      'dataSync: got a tensor of a function that is being captured, which has no values yet, expected one outside of it. ' +
        'Return the tensor from the captured function and read it there.',
    )
    expect(String(made)).toBe('tensor(shape [2], float32)')
  })

  test.each<readonly [name: string, read: (x: Tensor) => unknown]>([['dataSync', (x) => x.dataSync()]])(
    'refuse reads: %s',
    (name, read) => {
      const outside = tensor([1])
      withRecorder(capture, () => {
        expect(() => read(outside)).toThrow(
          `${name}: got a read inside a captured function, where nothing has been computed yet, expected none.`,
        )
      })
    },
  )

  test('refuse reads that give promises', async () => {
    const outside = tensor([1])
    const reads = withRecorder(capture, () => [outside.data(), outside.item(), outside.toArray()])
    for (const read of reads) await expect(read).rejects.toThrow('inside a captured function')
  })

  test('refuse tensors that leaked from another capture', () => {
    const leaked = withRecorder(capture, op)
    expect(() => leaked.add(1)).toThrow('add: got a tensor of a function that is being captured')
  })

  test('still check shapes', () => {
    withRecorder(capture, () => {
      expect(() => matmul(ones([2, 3]), ones([2, 3]))).toThrow('matmul: inner dimensions differ')
    })
  })

  test('show values of tensors outside in no text', () => {
    const outside = tensor([1])
    expect(withRecorder(capture, () => String(outside))).toBe('tensor(shape [1], float32)')
  })

  test('can be left for a while', () => {
    withRecorder(capture, () => {
      expect(withoutCapture(() => op().dataSync()[0])).toBe(2)
      expect(activeCapture()).toBe(capture)
    })
    expect(activeCapture()).toBeUndefined()
  })

  test('give a variable its first value', () => {
    const variable = withRecorder(
      { ...capture, initialize: () => withoutCapture(() => tensor([7])) },
      () => new Variable(ones([1])),
    )
    expect([...variable.dataSync()]).toEqual([7])
  })

  test('leave scopes alone: abstract tensors belong to nobody', () => {
    const made = withRecorder(capture, () => scope(() => op()))
    expect(made.isDisposed).toBe(false)
  })
})

describe('guards', () => {
  test('give the value and tell capture and observers', () => {
    const seen: unknown[] = []
    const recorder = (kind: 'capture' | 'observer'): Recorder => ({
      kind,
      op: () => undefined,
      guard: (key, value, read) => seen.push([kind, key, value, read()]),
    })
    let training = true
    const read = (): boolean => training
    expect(guard('training', read)).toBe(true)
    training = false
    withRecorder(recorder('observer'), () =>
      withRecorder(recorder('capture'), () => {
        expect(guard('training', read)).toBe(false)
      }),
    )
    expect(seen).toEqual([
      ['capture', 'training', false, false],
      ['observer', 'training', false, false],
    ])
  })
})

describe('composites', () => {
  test('with a fused form are one op to everyone', () => {
    const seen: string[] = []
    const x = ones([2, 2])
    withRecorder(noting('gradient', 'g', seen), () => withRecorder(noting('observer', 'o', seen), () => softmax(x, 1)))
    expect(seen).toEqual(['g: composite', 'o: composite'])
  })
})

test('ops name their elementwise op, not their kind', () => {
  const x = ones([2])
  const names: string[] = []
  withRecorder(
    { kind: 'observer', op: (event) => 'name' in event.attributes && names.push(event.attributes.name) },
    () => {
      add(x, 1)
      x.gelu()
      x.to('int32')
    },
  )
  expect(names).toEqual(['add', 'gelu', 'cast'])
})
