import { readCellRecorders, setCellRecorders } from './recorder.js'

/**
 * A number known to the host that changes between steps, or a host function of other cells. Ops take cells where they
 * take numbers; a program reads them anew at every replay.
 *
 * @example
 * ```ts
 * import { cell, mul, tensor } from '@chainrule/tensor'
 * const rate = cell(0.1)
 * const half = cell(() => rate.value / 2)
 * rate.set(0.4)
 * console.log(mul(tensor(10), half).dataSync()[0]) // 2
 * ```
 */
export class Cell {
  #value: number | (() => number)

  /** @param value - the number, or a function that computes it from other cells (in float64) */
  constructor(value: number | (() => number)) {
    this.#value = value
  }

  /**
   * The number now. A captured function that reads it is captured again when it is another one; to have it read at each replay,
   * give the cell itself to ops.
   *
   * @throws CaptureError in a captured function that has set the cell
   */
  get value(): number {
    readCellRecorders(this)
    return typeof this.#value === 'number' ? this.#value : this.#value()
  }

  /**
   * Gives the cell a number. Inside a captured function the change is recorded and happens at every replay.
   *
   * @param value - the number, or a function evaluated when the change happens
   */
  set(value: number | (() => number)): void {
    if (setCellRecorders(this, value)) return
    this.#value = typeof value === 'number' ? value : value()
  }

  /** The number, so that a cell can stand in arithmetic of the host. */
  valueOf(): number {
    return this.value
  }

  /** Text for console.log. */
  toString(): string {
    return `cell(${this.value})`
  }
}

/**
 * Makes a cell.
 *
 * @param value - a number, or a function of other cells
 * @returns the cell
 *
 * @example
 * ```ts
 * import { cell } from '@chainrule/tensor'
 * const step = cell(0)
 * const rate = cell(() => 0.1 / (1 + step.value))
 * step.set(4)
 * console.log(rate.value) // 0.02
 * ```
 */
export const cell = (value: number | (() => number)): Cell => new Cell(value)

/** The number behind a number or cell. */
export const numberOf = (value: number | Cell): number => (typeof value === 'number' ? value : value.value)
