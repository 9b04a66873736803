import { registerDevice } from '@chainrule/tensor'
import { openDevice } from './open-device.js'

registerDevice({ name: 'webgpu', start: openDevice })
