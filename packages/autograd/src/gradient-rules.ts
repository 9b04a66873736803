import type { OpName } from '@chainrule/tensor'
import type { GradientRule } from './gradient-rule.js'
import { compositeGradient } from './gradients/composite.js'
import { convolutionGradient } from './gradients/convolution.js'
import { gatherGradient, scatterAddGradient } from './gradients/indexing.js'
import { mapGradient } from './gradients/map.js'
import { matmulGradient } from './gradients/matmul.js'
import {
  broadcastToGradient,
  concatGradient,
  identityGradient,
  padGradient,
  permuteGradient,
  reshapeGradient,
  sliceGradient,
} from './gradients/movement.js'
import { scanGradient, sortGradient } from './gradients/ordering.js'
import { poolGradient } from './gradients/pooling.js'
import { reduceGradient } from './gradients/reduction.js'

/** Places and random numbers have no gradient. */
const none = { vjp: () => [] }

/** How gradients go back through every kind of op, without holes. */
export const gradientRules: { readonly [Name in OpName]: GradientRule<Name> } = {
  map: mapGradient,
  reduce: reduceGradient,
  argReduce: none,
  matmul: matmulGradient,
  identity: identityGradient,
  permute: permuteGradient,
  reshape: reshapeGradient,
  broadcastTo: broadcastToGradient,
  slice: sliceGradient,
  pad: padGradient,
  concat: concatGradient,
  gather: gatherGradient,
  scatterAdd: scatterAddGradient,
  convolution: convolutionGradient,
  pool: poolGradient,
  scan: scanGradient,
  sort: sortGradient,
  random: none,
  composite: compositeGradient,
}
