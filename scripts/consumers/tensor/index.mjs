import assert from 'node:assert/strict'
import { tensor } from '@chainrule/tensor'

assert.equal(await tensor([1, 2, 3]).sum().item(), 6)
