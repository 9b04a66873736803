import { setDevice } from '@chainrule/tensor'
import '@chainrule/wasm'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { keepsBitsOfSteps } from '../lowered.fixture.js'
import { mergePads } from './merge-pads.js'
import { writePieces } from './write-pieces.js'
import { zeroBases } from './zero-bases.js'

describe('passes that change where results lie, and not what they are, keep the bits of random graphs on wasm', () => {
  beforeAll(() => setDevice('wasm'))
  afterAll(() => setDevice('reference'))

  it('writePieces', () => {
    keepsBitsOfSteps(({ steps, wanted }) => writePieces(steps, wanted, new Set()))
  })

  it('mergePads', () => {
    keepsBitsOfSteps(({ steps, wanted }) => mergePads(steps, wanted))
  })

  it('zeroBases', () => {
    keepsBitsOfSteps(({ steps, wanted, slots }) => zeroBases(steps, slots, wanted))
  })
})
