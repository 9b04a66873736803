import { ArgumentError, isFloating, type Tensor } from '@chainrule/tensor'
import { checkSubject, type Site, siteOf } from './check-subject.js'
import { countOf, makeTensors } from './flat-values.js'
import { type GradCheckInput, hasParameters, type HasParameters, inputPlaces } from './input-place.js'
import { Ledger } from './ledger.js'
import { randomNumbers } from './random-numbers.js'
import { GradCheckError, type GradCheckReport } from './report.js'
import { type GradCheckOptions, type Settings, settle } from './settings.js'
import { pullbackOf, type Subject, subjectOf, tangentOf } from './subject.js'

/** A module: something with parameters that is called through `forward`. */
export interface CheckedModule extends HasParameters {
  /** Computes the module's results. */
  forward(...inputs: never[]): unknown
}

const isList = (inputs: GradCheckInput | readonly GradCheckInput[]): inputs is readonly GradCheckInput[] =>
  Array.isArray(inputs)

/** Evaluates twice and compares bits. */
const deterministicSite = async (subject: Subject, name: string): Promise<Site> => {
  const site = await siteOf(subject)
  const again = await siteOf(subject)
  const differs =
    site.center.length !== again.center.length ||
    site.center.some((value, place) => !Object.is(value, again.center[place]))
  if (!differs) return site
  throw new ArgumentError(
    `gradCheck: ${name} gave different results for the same inputs, expected a deterministic function. ` +
      'Put modules with dropout into eval mode, or call manualSeed inside the function.',
  )
}

const checkAll = async (site: Site, settings: Settings, ledger: Ledger): Promise<void> => {
  const hasForward = await checkSubject(site, { reverse: 'VJP', forward: 'JVP' }, settings, ledger)
  if (settings.order === 1) return
  const { subject } = site
  const random = (layout: Site['inputs'], stream: number): Tensor[] =>
    makeTensors(layout, randomNumbers(settings.seed, stream, countOf(layout)))
  // Streams that no first-order direction uses.
  const seeds = random(site.results, 2 ** 20)
  const directions = random(site.inputs, 2 ** 20 + 1)
  try {
    const gradient = await siteOf(pullbackOf(subject, seeds))
    await checkSubject(gradient, { reverse: 'VJP of VJP', forward: 'JVP of VJP' }, settings, ledger)
    if (!hasForward) return
    const tangent = await siteOf(tangentOf(subject, directions))
    await checkSubject(tangent, { reverse: 'VJP of JVP', forward: 'JVP of JVP' }, settings, ledger)
  } finally {
    for (const each of [...seeds, ...directions]) each.dispose()
  }
}

/**
 * Compares the derivatives of a function with differences of its values: both modes, reverse (VJP) and forward (JVP), with
 * central differences (f(x + h) − f(x − h)) / 2h, extrapolated to h = 0 with an error estimate, and with each other,
 * ⟨v, Ju⟩ = ⟨Jᵀv, u⟩. With `order: 2` the gradient and the tangent are differentiated and checked in turn.
 *
 * Where the slopes from the left and from the right stay apart as h shrinks, the report says that the point looks like a
 * kink. Inputs should be float64; float32 is taken with the loose tolerances that its options state.
 *
 * @param f - a function of tensors to tensors (in arrays and objects), or a module; it must be deterministic
 * @param inputs - where: a tensor or a list; a module among them stands for its parameters, and is passed on to f
 * @param options - `eps`, `rtol`, `atol`, `mode` (`'full'`, `'directional'`), `order` (1, 2), `directions`, `seed`, `name`
 * @returns what was compared
 * @throws GradCheckError with a table of the ten worst places when derivatives differ
 * @throws ArgumentError for a function that is not deterministic or has no floating results, and inputs of which none is floating
 *
 * @example
 * ```ts
 * import { gradCheck } from '@chainrule/grad-check'
 * import { tensor } from '@chainrule/tensor'
 * const x = tensor([0.5, -1.5], { dtype: 'float64' })
 * const report = await gradCheck((y) => y.sin().mul(y), x, { order: 2 })
 * console.log(report.failures, report.comparisons > 8) // 0 true
 * ```
 */
export async function gradCheck<Inputs extends readonly GradCheckInput[]>(
  f: (...inputs: NoInfer<Inputs>) => unknown,
  inputs: readonly [...Inputs],
  options?: GradCheckOptions,
): Promise<GradCheckReport>
export async function gradCheck(
  f: (input: Tensor) => unknown,
  input: Tensor,
  options?: GradCheckOptions,
): Promise<GradCheckReport>
export async function gradCheck(
  module: CheckedModule,
  inputs: Tensor | readonly Tensor[],
  options?: GradCheckOptions,
): Promise<GradCheckReport>
export async function gradCheck(
  f: ((...inputs: never[]) => unknown) | CheckedModule,
  inputs: GradCheckInput | readonly GradCheckInput[],
  options: GradCheckOptions = {},
): Promise<GradCheckReport> {
  const module = typeof f === 'function' ? undefined : f
  if (module !== undefined && !(hasParameters(module) && typeof module.forward === 'function')) {
    throw new ArgumentError('gradCheck: got an object, expected a function, or a module with forward and parameters.')
  }
  const given = options.name ?? (typeof f === 'function' ? f.name : f.constructor.name)
  const name = given === '' ? 'function' : given
  const args: readonly GradCheckInput[] = isList(inputs) ? inputs : [inputs]
  const places = inputPlaces(module, args)
  if (places.length === 0) {
    throw new ArgumentError(
      `gradCheck: ${name}: got no floating input, expected at least one to differentiate by. Convert with .to('float64').`,
    )
  }
  const call = (...replaced: readonly GradCheckInput[]): unknown =>
    typeof f === 'function' ? f(...(replaced as never[])) : f.forward(...(replaced as never[]))
  const site = await deterministicSite(subjectOf(call, args, places), name)
  if (site.results.length === 0) {
    throw new ArgumentError(
      `gradCheck: ${name}: got no floating result, expected at least one tensor of a floating dtype.`,
    )
  }
  const dtypes = [...site.inputs, ...site.results].map(({ dtype }) => dtype).filter(isFloating)
  const settings = settle(options, name, dtypes)
  const ledger = new Ledger(settings)
  if (settings.dtype === 'float32') {
    ledger.note(
      `float32 allows only loose tolerances (rtol ${settings.rtol}, atol ${settings.atol}); convert the inputs to float64 for a sharp check`,
    )
  }
  await checkAll(site, settings, ledger)
  const report = ledger.report()
  if (report.failures > 0) throw new GradCheckError(report)
  return report
}
