export { constant } from './constant.js'
export { cosine, type CosineScheduleOptions } from './cosine.js'
export { exponential } from './exponential.js'
export { linearWarmup, type LinearWarmupOptions } from './linear-warmup.js'
export { oneCycle, type OneCycleOptions } from './one-cycle.js'
export {
  type PlateauSchedule,
  type PlateauState,
  reduceOnPlateau,
  type ReduceOnPlateauOptions,
} from './reduce-on-plateau.js'
export { step, type StepScheduleOptions } from './step.js'
