import type { OpName } from '@chainrule/tensor'
import type { TangentRule } from './gradient-rule.js'
import { bilinearTangent } from './tangents/bilinear.js'
import { compositeTangent } from './tangents/composite.js'
import { concatTangent, sameOfTangent, scatterAddTangent } from './tangents/linear.js'
import { mapTangent } from './tangents/map.js'
import { poolTangent, reduceTangent, sortTangent } from './tangents/selection.js'

const none = (): readonly undefined[] => []

/** How tangents go forward through every kind of op, without holes. */
export const tangentRules: { readonly [Name in OpName]: TangentRule<Name> } = {
  map: mapTangent,
  reduce: reduceTangent,
  argReduce: none,
  matmul: bilinearTangent,
  identity: sameOfTangent(),
  permute: sameOfTangent(),
  reshape: sameOfTangent(),
  broadcastTo: sameOfTangent(),
  slice: sameOfTangent(),
  // What is padded with is constant.
  pad: sameOfTangent((attributes) => ({ ...attributes, value: 0 })),
  concat: concatTangent,
  gather: sameOfTangent(),
  scatterAdd: scatterAddTangent,
  convolution: bilinearTangent,
  pool: poolTangent,
  scan: sameOfTangent(),
  sort: sortTangent,
  random: none,
  composite: compositeTangent,
}
