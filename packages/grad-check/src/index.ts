export { type CheckedModule, gradCheck } from './grad-check.js'
export type { GradCheckInput, HasParameters } from './input-place.js'
export { type GradCheckEntry, GradCheckError, type GradCheckReport } from './report.js'
export type { GradCheckOptions, Settings as GradCheckSettings } from './settings.js'
