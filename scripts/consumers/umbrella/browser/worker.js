import { train } from './train.js'

onmessage = ({ data: { device, options } }) => {
  train(device, options).then(
    (value) => postMessage({ value }),
    (error) => postMessage({ failure: String(error.stack ?? error) }),
  )
}
