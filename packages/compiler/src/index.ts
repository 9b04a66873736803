export { compile, type CompiledFunction, type CompileOptions, type CompileStats } from './compile.js'
export { type Limits, measureLimits } from './explain.js'
export type { ProgramGraphs } from './program-graphs.js'
