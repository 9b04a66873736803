import './register.js'

export { backward } from './backward.js'
export { AnomalyError, detectAnomaly } from './detect-anomaly.js'
export {
  type CustomContext,
  type CustomGradients,
  defineOp,
  MissingJvpError,
  type OpSpecification,
} from './define-op.js'
export { noGrad } from './no-grad.js'
export { Parameter } from './parameter.js'
export { RecordedGraph, recordGraph, type RecordGraphOptions, type ValueReading } from './record-graph.js'
export { checkpoint } from './transforms/checkpoint.js'
export { grad, type GradOptions, valueAndGrad, type ValueAndGrad } from './transforms/grad.js'
export { hessian, hvp } from './transforms/hessian.js'
export { jacobian, type JacobianOptions } from './transforms/jacobian.js'
export { jvp, type JvpResult } from './transforms/jvp.js'
export { vjp, type VjpResult } from './transforms/vjp.js'
export { zerothOrderGradient, type ZerothOrderOptions } from './transforms/zeroth-order-gradient.js'
