import type { WalkOptions } from './backpropagate.js'

let around: WalkOptions['around']

/** Has every walk run its rules inside a function; for `detectAnomaly`. */
export const setAnomalyWalk = (wrapper: WalkOptions['around']): void => {
  around = wrapper
}

/** The option that a walk takes while anomalies are looked for. */
export const anomalyWalk = (): Pick<WalkOptions, 'around'> => (around === undefined ? {} : { around })
