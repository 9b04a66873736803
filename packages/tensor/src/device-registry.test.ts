import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  add,
  concat,
  currentDevice,
  type Device,
  device,
  deviceNamed,
  DeviceError,
  forgetDevice,
  isDeviceName,
  ones,
  ReferenceDevice,
  registerDevice,
  setDevice,
  tensor,
  type TypedArray,
  type View,
  type DType,
  type Storage,
  where,
  zeros,
} from './index.js'

/** A device of another name that computes as the reference device does. */
class OtherDevice extends ReferenceDevice {
  override readonly name = 'other' as 'reference'
}

/** A device that cannot be read at once, nor start at once. */
class LaterDevice extends ReferenceDevice {
  override readonly name = 'later' as 'reference'
  override readonly features = { dtypes: ['int32', 'float32', 'bool'] as const, synchronous: false, maxOperands: 8 }

  override read(storage: Storage, view: View, dtype: DType): Promise<TypedArray> {
    return Promise.resolve(ReferenceDevice.prototype.readSync.call(this, storage, view, dtype))
  }
}
Object.defineProperty(LaterDevice.prototype, 'readSync', { value: undefined })

let started: Device[] = []
const start = <D extends Device>(made: D): D => {
  started.push(made)
  return made
}

registerDevice({
  name: 'other',
  startSync: () => start(new OtherDevice()),
  start: () => Promise.resolve(start(new OtherDevice())),
})
registerDevice({ name: 'later', start: () => Promise.resolve(start(new LaterDevice())) })
registerDevice({ name: 'broken', start: () => Promise.reject(new DeviceError('broken: no adapter')) })

beforeEach(async () => {
  await setDevice('reference')
})

afterEach(() => {
  for (const made of started) forgetDevice(made)
  started = []
})

describe('setDevice', () => {
  test('decides where new tensors are made', async () => {
    expect(device()).toBe('reference')
    await setDevice('other')
    expect([device(), ones([1]).device]).toEqual(['other', 'other'])
    await setDevice('reference')
    expect(ones([1]).device).toBe('reference')
  })

  test('starts a device once, and anew with options', async () => {
    await setDevice('other')
    await setDevice('reference')
    await setDevice('other')
    expect(started).toHaveLength(1)
    await setDevice('other', { threads: 2 })
    expect(started).toHaveLength(2)
    expect(currentDevice()).toBe(started[1])
  })

  test.each([0, 1.5, -1, Number.NaN])('refuses %s threads and keeps the device', async (threads) => {
    await expect(setDevice('other', { threads })).rejects.toThrow(
      `setDevice: got threads ${threads}, expected a whole number of at least 1.`,
    )
    expect([device(), started]).toEqual(['reference', []])
  })

  test('names the devices that it knows', async () => {
    await expect(setDevice('cuda')).rejects.toThrow(DeviceError)
    await expect(setDevice('cuda')).rejects.toThrow(/^setDevice: got 'cuda', expected one of 'reference', .*'other'/)
  })

  test('says what to import for devices of other packages, and only for those', async () => {
    await expect(setDevice('webgpu')).rejects.toThrow("import '@chainrule/webgpu'")
    await expect(setDevice('cuda')).rejects.not.toThrow('@chainrule/cuda')
  })

  test('keeps the device when another cannot start', async () => {
    await expect(setDevice('broken')).rejects.toThrow('broken: no adapter')
    expect(device()).toBe('reference')
  })
})

describe('devices by name', () => {
  test('start when first used, where they can start at once', () => {
    expect(ones([1], { device: 'other' }).device).toBe('other')
    expect(started).toHaveLength(1)
    expect(deviceNamed('other')).toBe(started[0])
  })

  test('must be started before where they cannot', async () => {
    expect(() => ones([1], { device: 'later' })).toThrow(
      "got 'later', which is not started, expected a running device. await setDevice('later').",
    )
    await setDevice('later')
    await setDevice('reference')
    expect(ones([1], { device: 'later' }).device).toBe('later')
  })

  test('start anew after they were forgotten, and are not replaced in silence', async () => {
    await setDevice('other')
    const lost = currentDevice()
    forgetDevice(lost)
    expect(currentDevice()).toBe(lost)
    await setDevice('other')
    expect(started).toHaveLength(2)
    expect(currentDevice()).toBe(started[1])
  })

  test('are known whether registered or not', () => {
    expect(['reference', 'wasm', 'webgpu', 'other', 'float32'].map(isDeviceName)).toEqual([
      true,
      true,
      true,
      true,
      false,
    ])
  })
})

describe('tensors on two devices', () => {
  test.each([
    ['add', () => add(ones([1]), ones([1], { device: 'other' }))],
    ['concat', () => concat([ones([1]), ones([1], { device: 'other' })])],
    ['matmul', () => ones([1, 1]).matmul(ones([1, 1], { device: 'other' }))],
    ['where', () => where(ones([1]).greater(0), ones([1], { device: 'other' }), 0)],
  ] as const)('%s refuses them', (name, run) => {
    expect(run).toThrow(
      `${name}: got tensors on reference and other, expected one device. Move one with .to('reference').`,
    )
  })

  test('move with to', () => {
    const x = tensor([
      [1, 2],
      [3, 4],
    ]).transpose(0, 1)
    const moved = x.to('other')
    expect([moved.device, moved.shape, [...moved.dataSync()]]).toEqual(['other', [2, 2], [1, 3, 2, 4]])
    expect([...add(moved, ones([2, 2], { device: 'other' })).dataSync()]).toEqual([2, 4, 3, 5])
    expect(moved.to('other')).toBe(moved)
  })

  test('ops without tensors follow the device they are asked for', () => {
    expect(zeros([1], { device: 'other' }).device).toBe('other')
    expect(tensor([1], { device: 'other' }).device).toBe('other')
  })

  test('an op stays on the device of its tensors, whatever is current', async () => {
    const x = ones([2, 2])
    await setDevice('other')
    for (const made of [x.add(1), x.tril(), x.prod(), x.norm(), x.detach(), x.to('int32'), x.topK(1).indices]) {
      expect(made.device).toBe('reference')
    }
  })
})

describe('a device that computes asynchronously', () => {
  beforeEach(async () => {
    await setDevice('later')
  })

  test('refuses dataSync and says what to use', () => {
    expect(() => ones([1]).dataSync()).toThrow(
      'dataSync: got a tensor on later, which computes asynchronously, expected one on a CPU device. Use await data() instead.',
    )
  })

  test('is read with promises', async () => {
    expect([...(await ones([2]).add(1).data())]).toEqual([2, 2])
    expect(await ones([]).item()).toBe(1)
  })

  test('shows shape and dtype only', () => {
    expect(String(ones([2]))).toBe('tensor(shape [2], float32)')
  })

  test('cannot be left by to, which would have to wait', () => {
    expect(() => ones([1]).to('reference')).toThrow(DeviceError)
  })

  test('refuses dtypes that it lacks, by name', () => {
    expect(() => ones([1], { dtype: 'float64' })).toThrow(
      "full: got float64 on later, expected one of int32, float32, bool. Use a CPU device ('wasm' or 'reference'), or float32.",
    )
    expect(() => ones([1]).to('float64')).toThrow('cast: got float64 on later')
    expect(() => tensor([1], { dtype: 'float64' })).toThrow('tensor: got float64 on later')
  })
})
