import { ArgumentError, scope, type Tensor, withoutGradients } from '@chainrule/tensor'
import { jvp, MissingJvpError, vjp } from '@chainrule/autograd'
import { countOf, type Layout, locate, makeTensors, readValues, takeValues } from './flat-values.js'
import type { Ledger } from './ledger.js'
import { numericDerivative, type NumericDerivative } from './numeric-derivative.js'
import { randomNumbers } from './random-numbers.js'
import type { Settings } from './settings.js'
import { callAt, type Subject } from './subject.js'

/** Names of the two derivatives of a subject. */
export interface Labels {
  readonly reverse: string
  readonly forward: string
}

/** A subject at its point. */
export interface Site {
  readonly subject: Subject
  readonly inputs: Layout
  readonly results: Layout
  readonly point: Float64Array
  /** The results at the point. */
  readonly center: Float64Array
}

const layoutOf = (tensors: readonly Tensor[]): Layout =>
  tensors.map(({ shape, dtype, size, device }) => ({ shape, dtype, size, device }))

/** Evaluates a subject at its own tensors. */
export const siteOf = async (subject: Subject): Promise<Site> => {
  const tensors = subject.inputs.map(({ tensor }) => tensor)
  // Handles of their own: a tensor given twice is two inputs.
  const results = scope(() =>
    callAt(
      subject,
      tensors.map((tensor) => tensor.detach()),
    ),
  )
  const layout = layoutOf(results)
  return {
    subject,
    inputs: layoutOf(tensors),
    results: layout,
    point: await readValues(tensors),
    center: await takeValues(results),
  }
}

const evaluate = async ({ subject, inputs, center }: Site, row: Float64Array): Promise<Float64Array> => {
  const values = await takeValues(scope(() => callAt(subject, makeTensors(inputs, row))))
  if (values.length !== center.length) {
    throw new ArgumentError(
      `gradCheck: got ${values.length} elements from the function at a neighbouring point and ${center.length} at the point, expected as many. ` +
        'Check the function where its shape depends on data.',
    )
  }
  return values
}

/** Jᵀv for each of several v. */
const pullAll = async ({ subject, results }: Site, seeds: readonly Float64Array[]): Promise<Float64Array[]> => {
  const rows = withoutGradients(() =>
    scope(() => {
      const stands = subject.inputs.map(({ tensor }) => tensor.detach())
      const { pullback } = vjp((list: readonly Tensor[]) => subject.call(list), stands)
      return seeds.map((seed) => pullback(makeTensors(results, seed)))
    }),
  )
  return Promise.all(rows.map(takeValues))
}

/** Ju for each of several u. */
const pushAll = async ({ subject, inputs }: Site, directions: readonly Float64Array[]): Promise<Float64Array[]> => {
  const rows = withoutGradients(() =>
    scope(() => {
      const stands = subject.inputs.map(({ tensor }) => tensor.detach())
      return directions.map((direction) => {
        const tangents = makeTensors(inputs, direction)
        return jvp((list: readonly Tensor[]) => subject.call(list), [stands], [tangents]).tangent
      })
    }),
  )
  return Promise.all(rows.map(takeValues))
}

const unit = (length: number, place: number): Float64Array => {
  const row = new Float64Array(length)
  row[place] = 1
  return row
}

const nameOf = ({ subject, inputs }: Site, element: number) => {
  const { position, index } = locate(inputs, element)
  return { input: subject.inputs[position]?.name ?? '', index }
}

const resultName = ({ results }: Site, element: number): string => {
  const { position, index } = locate(results, element)
  return `${results.length > 1 ? `result ${position} ` : ''}[${index.join(', ')}]`
}

const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, x, place) => sum + x * (b[place] ?? 0), 0)

/** Σ |aᵢ bᵢ|, which the rounding of a dot product is a share of. */
const absoluteDot = (a: Float64Array, b: Float64Array): number =>
  a.reduce((sum, x, place) => sum + Math.abs(x * (b[place] ?? 0)), 0)

/** A direction in the units of the point: x + t · u moves each coordinate by about t · max(1, |x|). */
const inUnits = (point: Float64Array, direction: Float64Array): Float64Array =>
  direction.map((u, place) => u * Math.max(1, Math.abs(point[place] ?? 0)))

const along = (site: Site, direction: Float64Array, settings: Settings): Promise<NumericDerivative> =>
  numericDerivative(
    (t) =>
      evaluate(
        site,
        site.point.map((x, place) => x + t * (direction[place] ?? 0)),
      ),
    site.center,
    {
      step: settings.eps,
      roundoff: settings.roundoff,
      // Well inside what a comparison allows.
      tolerance: (value) => (settings.atol + settings.rtol * Math.abs(value)) / 4,
    },
  )

/** How many roundoffs of their terms ⟨v, Ju⟩ and ⟨Jᵀv, u⟩ may be apart: both add and multiply in orders of their own. */
const consistencyUnits = 1e4

const compareConsistency = (
  site: Site,
  pushed: Float64Array,
  pulled: Float64Array,
  [v, u]: readonly [Float64Array, Float64Array],
  { forward, reverse }: Labels,
  number: number,
  settings: Settings,
  ledger: Ledger,
): void => {
  const scale = absoluteDot(v, pushed) + absoluteDot(pulled, u)
  ledger.compare({
    derivative: `⟨${reverse}, u⟩ against ⟨v, ${forward}⟩`,
    input: `direction ${number}`,
    index: undefined,
    result: `seed ${number}`,
    analytic: dot(pulled, u),
    numeric: dot(v, pushed),
    uncertainty: 0,
    consistency: true,
    tolerance: consistencyUnits * settings.roundoff * scale + Number.MIN_VALUE,
  })
}

/** Random u and v, and Ju and Jᵀv; Ju is undefined where an op has no forward mode. */
const randomProducts = async (site: Site, settings: Settings, count: number, hasForward: boolean) => {
  const [inputs, results] = [countOf(site.inputs), countOf(site.results)]
  const numbers = Array.from({ length: count }, (_, number) => number)
  const directions = numbers.map((number) => inUnits(site.point, randomNumbers(settings.seed, 2 * number, inputs)))
  const seeds = numbers.map((number) => randomNumbers(settings.seed, 2 * number + 1, results))
  const pulled = await pullAll(site, seeds)
  const pushed = hasForward ? await pushAll(site, directions) : []
  return numbers.map((number) => ({
    number,
    u: directions[number] ?? new Float64Array(),
    v: seeds[number] ?? new Float64Array(),
    pulled: pulled[number] ?? new Float64Array(),
    pushed: pushed[number],
  }))
}

const checkFull = async (
  site: Site,
  labels: Labels,
  settings: Settings,
  ledger: Ledger,
  hasForward: boolean,
): Promise<void> => {
  const [columns, rows] = [countOf(site.inputs), countOf(site.results)]
  const reverse = await pullAll(
    site,
    Array.from({ length: rows }, (_, place) => unit(rows, place)),
  )
  const forward = hasForward
    ? await pushAll(
        site,
        Array.from({ length: columns }, (_, place) => unit(columns, place)),
      )
    : undefined
  for (let column = 0; column < columns; column++) {
    const scale = Math.max(1, Math.abs(site.point[column] ?? 0))
    const numeric = await along(site, inUnits(site.point, unit(columns, column)), settings)
    for (let row = 0; row < rows; row++) {
      const value = (numeric.value[row] ?? Number.NaN) / scale
      const compare = (derivative: string, analytic: number): void => {
        ledger.compare({
          ...{ derivative, analytic, numeric: value, kink: numeric.kink[row] ?? false },
          ...nameOf(site, column),
          result: resultName(site, row),
          uncertainty: (numeric.error[row] ?? 0) / scale,
          tolerance: settings.atol + settings.rtol * Math.max(Math.abs(analytic), Math.abs(value)),
        })
      }
      compare(labels.reverse, reverse[row]?.[column] ?? Number.NaN)
      if (forward !== undefined) compare(labels.forward, forward[column]?.[row] ?? Number.NaN)
    }
  }
  for (const { number, u, v, pulled, pushed } of await randomProducts(site, settings, 1, hasForward)) {
    if (pushed !== undefined) compareConsistency(site, pushed, pulled, [v, u], labels, number, settings, ledger)
  }
}

const checkDirectional = async (
  site: Site,
  labels: Labels,
  settings: Settings,
  ledger: Ledger,
  hasForward: boolean,
): Promise<void> => {
  for (const { number, u, v, pulled, pushed } of await randomProducts(
    site,
    settings,
    settings.directions,
    hasForward,
  )) {
    const numeric = await along(site, u, settings)
    const place = { input: `direction ${number}`, index: undefined }
    const projected = dot(v, numeric.value)
    ledger.compare({
      ...place,
      derivative: labels.reverse,
      result: `seed ${number}`,
      analytic: dot(pulled, u),
      numeric: projected,
      uncertainty: absoluteDot(v, numeric.error),
      kink: numeric.kink.includes(true),
      tolerance: settings.atol + settings.rtol * absoluteDot(v, numeric.value),
    })
    if (pushed === undefined) continue
    pushed.forEach((analytic, row) => {
      const value = numeric.value[row] ?? Number.NaN
      ledger.compare({
        ...{ ...place, derivative: labels.forward, analytic, numeric: value, result: resultName(site, row) },
        uncertainty: numeric.error[row] ?? 0,
        kink: numeric.kink[row] ?? false,
        tolerance: settings.atol + settings.rtol * Math.max(Math.abs(analytic), Math.abs(value)),
      })
    })
    compareConsistency(site, pushed, pulled, [v, u], labels, number, settings, ledger)
  }
}

/** Whether every op of a subject has a forward mode; if not, the ledger says which has none. */
const forwardModeOf = async (site: Site, ledger: Ledger): Promise<boolean> => {
  try {
    await pushAll(site, [new Float64Array(countOf(site.inputs))])
    return true
  } catch (error) {
    if (!(error instanceof MissingJvpError)) throw error
    ledger.note(`forward mode was left out: ${error.message}`)
    return false
  }
}

/**
 * Compares both derivatives of a subject with differences, and with each other.
 *
 * @param site - the subject at its point
 * @param labels - names of the derivatives
 * @param settings - steps and tolerances
 * @param ledger - where comparisons go
 * @returns whether every op of the subject has a forward mode; without it, only reverse mode was checked
 */
export const checkSubject = async (
  site: Site,
  labels: Labels,
  settings: Settings,
  ledger: Ledger,
): Promise<boolean> => {
  const hasForward = await forwardModeOf(site, ledger)
  const check = settings.mode === 'full' ? checkFull : checkDirectional
  await check(site, labels, settings, ledger, hasForward)
  return hasForward
}
