import { ChainruleError } from '@chainrule/tensor'
import type { Settings } from './settings.js'

/** One comparison. */
export interface GradCheckEntry {
  /** Which derivative: `VJP`, `JVP`, `VJP of VJP`, …, or the consistency of the two. */
  readonly derivative: string
  /** By what it was differentiated: an input by name, or a direction. */
  readonly input: string
  /** Which element of it. */
  readonly index: readonly number[] | undefined
  /** Which element of the results. */
  readonly result: string
  /** What differentiation gave. */
  readonly analytic: number
  /** What differences gave. */
  readonly numeric: number
  /** How far the numeric value may be off. */
  readonly uncertainty: number
  /** |analytic − numeric| / max(|analytic|, |numeric|) */
  readonly relativeError: number
  /** |analytic − numeric| in units of the tolerance: above 1 is a failure. */
  readonly excess: number
  /** Whether this compares the two modes with each other, `numeric` being the forward one. */
  readonly consistency: boolean
  /** What stands out. */
  readonly note: string
}

/** What a check found. */
export interface GradCheckReport {
  /** Name of the function. */
  readonly name: string
  /** Options, as they were used. */
  readonly settings: Settings
  /** How many derivatives were compared. */
  readonly comparisons: number
  /** How many of them differ by more than the tolerance. */
  readonly failures: number
  /** The ten that differ most, in units of the tolerance. */
  readonly worst: readonly GradCheckEntry[]
  /** Places that look like kinks, whether or not the derivatives agree; at most ten. */
  readonly kinks: readonly GradCheckEntry[]
  /** What was left out, or is loose, and why. */
  readonly notes: readonly string[]
  /** The report as text. */
  toString(): string
}

/** Derivatives that differ from differences. Code `GRAD_CHECK`. */
export class GradCheckError extends ChainruleError {
  /** What was found. */
  readonly report: GradCheckReport

  /** @param report - what was found */
  constructor(report: GradCheckReport) {
    super('GRAD_CHECK', report.toString())
    this.report = report
  }
}

const shortNumber = (value: number): string => {
  if (!Number.isFinite(value)) return String(value)
  const size = Math.abs(value)
  return value === 0 || (size >= 1e-4 && size < 1e6) ? String(Number(value.toPrecision(10))) : value.toExponential(6)
}

const columns = ['derivative', 'by', 'index', 'of', 'analytic', 'numeric', '±', 'relative error', 'note']

const row = (entry: GradCheckEntry): string[] => [
  entry.derivative,
  entry.input,
  entry.index === undefined ? '' : `[${entry.index.join(', ')}]`,
  entry.result,
  shortNumber(entry.analytic),
  shortNumber(entry.numeric),
  entry.uncertainty.toExponential(0),
  entry.relativeError.toExponential(1),
  entry.note,
]

/** Comparisons as a table, the columns lined up. */
export const tableOf = (entries: readonly GradCheckEntry[]): string => {
  const rows = [columns, ...entries.map(row)]
  const widths = columns.map((_, column) => Math.max(...rows.map((cells) => cells[column]?.length ?? 0)))
  return rows
    .map((cells) => `  ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd())
    .join('\n')
}

/** The text of a report. */
export const textOf = (report: Omit<GradCheckReport, 'toString'>): string => {
  const { name, settings, comparisons, failures, worst, kinks, notes } = report
  const { dtype, eps, rtol, atol, mode, order } = settings
  const how = `${dtype}, ${mode}, order ${order}, eps ${eps}, rtol ${rtol}, atol ${atol}`
  const lines =
    failures === 0
      ? [`gradCheck: ${name}: all ${comparisons} derivatives agree with central differences (${how})`]
      : [
          `gradCheck: ${name}: got ${failures} of ${comparisons} derivatives that differ from central differences, expected none (${how}).`,
          'Check the rules of the ops named below at these places. The worst:',
          tableOf(worst.filter(({ excess }) => !(excess <= 1))),
        ]
  const quietKinks = kinks.filter(({ excess }) => excess <= 1)
  if (quietKinks.length > 0)
    lines.push('The function looks as if it had kinks here, where derivatives are a convention:', tableOf(quietKinks))
  return [...lines, ...notes.map((note) => `Note: ${note}`)].join('\n')
}
