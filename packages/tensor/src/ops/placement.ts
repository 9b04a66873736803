import { deviceNamed, isDeviceName } from '../device-registry.js'
import type { DType } from '../dtype.js'
import { DeviceError } from '../errors.js'
import { withoutGradients } from '../recorder.js'
import { Tensor } from '../tensor.js'
import { denseLayout } from '../tensor-layout.js'
import { castTo, identity } from './conversion.js'

/**
 * Moves to a device or converts to a dtype; without a change, the same tensor.
 *
 * @param x - a tensor
 * @param target - device name or dtype
 * @returns the tensor there; gradients flow through conversions, and not between devices
 * @throws DeviceError when the elements are on a device that computes asynchronously
 *
 * @example
 * ```ts
 * import { tensor } from '@chainrule/tensor'
 * console.log(tensor([1.5]).to('int32').toString()) // tensor([1], int32)
 * ```
 */
export const to = (x: Tensor, target: DType | (string & {})): Tensor => {
  if (!isDeviceName(target)) return castTo(x, target)
  const home = deviceNamed(target)
  if (home === x.home) return x
  if (x.home.readSync === undefined) {
    throw new DeviceError(
      `to: got a tensor on ${x.device}, which computes asynchronously, expected one on a CPU device. ` +
        `Use await data(), and make a tensor of that on the device that you want.`,
    )
  }
  const data = x.dataSync()
  const storage = home.allocate(data.byteLength)
  home.write(storage, data)
  return new Tensor(denseLayout(x), storage, home)
}

/**
 * The same elements, without a gradient; shares memory.
 *
 * @param x - a tensor
 * @returns another handle on its elements
 *
 * @example
 * ```ts
 * import { tensor } from '@chainrule/tensor'
 * console.log(tensor([1]).detach().toString()) // tensor([1], float32)
 * ```
 */
export const detach = (x: Tensor): Tensor => withoutGradients(() => identity(x))
