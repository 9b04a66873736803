import { type GradCheckEntry, type GradCheckReport, textOf } from './report.js'
import type { Settings } from './settings.js'

/** A comparison to be made. */
export interface Comparison extends Pick<
  GradCheckEntry,
  'derivative' | 'input' | 'index' | 'result' | 'analytic' | 'numeric'
> {
  /** How far the numeric value may be off. */
  readonly uncertainty: number
  /** Whether the function looks as if it had a kink there; no by default. */
  readonly kink?: boolean
  /** Whether it is of the two modes with each other; no by default. */
  readonly consistency?: boolean
  /** The difference that is allowed. */
  readonly tolerance: number
}

/** How many entries a report shows. */
const shown = 10

const noteOf = ({ analytic, numeric, uncertainty, kink, tolerance }: Comparison, excess: number): string => {
  if (kink) return 'looks like a kink: the slopes from the left and from the right differ'
  if (excess <= 1) return ''
  if (!Number.isFinite(numeric)) return 'the function is not finite around here'
  if (!Number.isFinite(analytic)) return 'not finite'
  return uncertainty > tolerance ? 'the differences are not sure themselves' : ''
}

/** Orders comparisons: failures first, those with differences before those of the modes, whose tolerance is much tighter. */
const rank = ({ excess, consistency }: Pick<GradCheckEntry, 'excess' | 'consistency'>): number => {
  const share = excess / (1 + excess)
  return excess > 1 ? (consistency ? 2 : 4) + (Number.isNaN(share) ? 1 : share) : share
}

/** Collects comparisons, and keeps the worst. */
export class Ledger {
  readonly #settings: Settings
  readonly #notes = new Set<string>()
  readonly #kinks: GradCheckEntry[] = []
  #comparisons = 0
  #failures = 0
  #worst: GradCheckEntry[] = []

  /** @param settings - for the report */
  constructor(settings: Settings) {
    this.#settings = settings
  }

  /** Notes what is worth saying. */
  note(text: string): void {
    this.#notes.add(text)
  }

  /** Makes a comparison. */
  compare(comparison: Comparison): void {
    const { derivative, input, index, result, analytic, numeric, uncertainty, tolerance } = comparison
    const { kink = false, consistency = false } = comparison
    const difference = Math.abs(analytic - numeric)
    const size = Math.max(Math.abs(analytic), Math.abs(numeric))
    const excess = Number.isFinite(difference) ? (difference === 0 ? 0 : difference / tolerance) : Infinity
    this.#comparisons += 1
    if (excess > 1) this.#failures += 1
    const least = this.#worst[shown - 1]
    if (!kink && least !== undefined && rank(least) > rank({ excess, consistency })) return
    const entry: GradCheckEntry = {
      ...{ derivative, input, index, result, analytic, numeric, uncertainty, excess, consistency },
      relativeError: difference === 0 ? 0 : difference / size,
      note: noteOf(comparison, excess),
    }
    if (kink && this.#kinks.length < shown) this.#kinks.push(entry)
    this.#worst = [...this.#worst, entry].sort((a, b) => rank(b) - rank(a)).slice(0, shown)
  }

  /** What was found. */
  report(): GradCheckReport {
    const report = {
      name: this.#settings.name,
      settings: this.#settings,
      comparisons: this.#comparisons,
      failures: this.#failures,
      worst: this.#worst,
      kinks: this.#kinks,
      notes: [...this.#notes],
    }
    return { ...report, toString: () => textOf(report) }
  }
}
