import type { Composite } from '../../composite.js'
import type { OpDefinition } from '../../op-table.js'

const fusedOf = (composite: Composite): NonNullable<Composite['fused']> => {
  if (composite.fused === undefined) throw new RangeError(`${composite.name}: the composite has no fused form`)
  return composite.fused
}

/** Lowers composites through their fused form. */
export const compositeDefinition: OpDefinition<'composite'> = {
  infer: (inputs, { composite, options }) => fusedOf(composite).infer(inputs, options),
  lower: (build, { composite, options }) => {
    fusedOf(composite).lower(build, options)
  },
}
