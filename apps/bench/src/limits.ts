/**
 * A WebAssembly module, assembled by hand, whose only function repeats register-only 128-bit multiply–adds: the FMA limit of
 * one core. Twelve accumulators hide the latency; each turn of the loop does 12 × 4 lanes × 2 flops.
 */
const accumulators = 12

const leb = (value: number): number[] => {
  const bytes: number[] = []
  let rest = value
  do {
    const low = rest & 0x7f
    rest >>>= 7
    bytes.push(rest === 0 ? low : low | 0x80)
  } while (rest !== 0)
  return bytes
}

const section = (id: number, content: readonly number[]): number[] => [id, ...leb(content.length), ...content]

const fd = (op: number): number[] => [0xfd, ...leb(op)]

const build = (relaxed: boolean): Uint8Array<ArrayBuffer> => {
  const factor = 1 + accumulators
  const addend = factor + 1
  // Parameter 0 counts down; then the accumulators, a factor near 1 and an addend near 0.
  const turn: number[] = []
  for (let place = 1; place <= accumulators; place++) {
    turn.push(0x20, ...leb(place), 0x20, ...leb(factor))
    turn.push(...(relaxed ? [0x20, ...leb(addend), ...fd(0x105)] : [...fd(0xe6), 0x20, ...leb(addend), ...fd(0xe4)]))
    turn.push(0x21, ...leb(place))
  }
  const splat = (value: number): number[] => [0x43, ...new Uint8Array(new Float32Array([value]).buffer), ...fd(0x13)]
  const sum = Array.from({ length: accumulators - 1 }, (_, place) => [0x20, ...leb(place + 2), ...fd(0xe4)]).flat()
  const body = [
    ...leb(1),
    ...leb(accumulators + 2),
    0x7b,
    ...splat(0.999),
    0x21,
    ...leb(factor),
    ...splat(1e-3),
    0x21,
    ...leb(addend),
    0x03,
    0x40,
    ...turn,
    0x20,
    0,
    0x41,
    1,
    0x6b,
    0x22,
    0,
    0x0d,
    0,
    0x0b,
    0x20,
    1,
    ...sum,
    ...fd(0x1f),
    0,
    0x0b,
  ]
  return new Uint8Array([
    0,
    0x61,
    0x73,
    0x6d,
    1,
    0,
    0,
    0,
    ...section(1, [1, 0x60, 1, 0x7f, 1, 0x7d]),
    ...section(3, [1, 0]),
    ...section(7, [1, 3, 0x72, 0x75, 0x6e, 0, 0]),
    ...section(10, [1, ...leb(body.length), ...body]),
  ])
}

/** Most floating-point operations a second of one core with 128-bit vectors, and whether they were fused. */
export const measureFma = (): { readonly flops: number; readonly fused: boolean } => {
  const fused = WebAssembly.validate(build(true))
  const { run } = new WebAssembly.Instance(new WebAssembly.Module(build(fused))).exports as {
    run: (count: number) => number
  }
  const turns = 2_000_000
  run(turns)
  let best = Infinity
  for (let repeat = 0; repeat < 15; repeat++) {
    const start = performance.now()
    run(turns)
    best = Math.min(best, performance.now() - start)
  }
  return { flops: (turns * accumulators * 8) / (best / 1000), fused }
}
