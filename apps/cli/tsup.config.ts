import { packageBuild } from '../../tsup.shared.js'

export default packageBuild({ types: ['node'], optional: ['@chainrule/blas'] })
