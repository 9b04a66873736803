import assert from 'node:assert/strict'
import { Parameter } from '@chainrule/autograd'

const weights = new Parameter([1, 2, 3])
weights.mul(weights).sum().backward()
assert.deepEqual(await weights.grad.toArray(), [2, 4, 6])
