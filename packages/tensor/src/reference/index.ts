export { ReferenceDevice } from './reference-device.js'
