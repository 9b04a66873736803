import type { Device, Program, ProgramStep, Replay } from '../device.js'
import { ArgumentError, DisposedError } from '../errors.js'
import type { Storage } from '../storage.js'
import { ReferenceStorage } from './reference-storage.js'

/** A program on the reference device: its steps are interpreted, its inner values lie in one arena. */
export class ReferenceReplay implements Replay {
  /** The calling thread does everything. */
  readonly submits = 0
  private readonly device: Device
  private readonly program: Program
  /** Storages of the operands in the arena; holes where an operand is bound at each run. */
  private arena: readonly (ReferenceStorage | undefined)[] | undefined

  /**
   * @param device - runs the kernels
   * @param program - kernels and memory plan
   * @param buffer - memory of the arena, `program.arenaBytes` long
   */
  constructor(device: Device, program: Program, buffer: ArrayBuffer) {
    this.device = device
    this.program = program
    this.arena = program.operands.map((operand) =>
      operand.kind === 'arena'
        ? new ReferenceStorage(device, buffer, operand.byteOffset, operand.byteLength)
        : undefined,
    )
  }

  /** @inheritdoc */
  run(bindings: readonly Storage[], cells: readonly number[]): void {
    const operands = this.resolve(bindings, cells)
    for (const step of this.program.steps) this.runStep(step, operands, cells)
  }

  /** @inheritdoc */
  async profile(bindings: readonly Storage[], cells: readonly number[]): Promise<readonly number[]> {
    const operands = this.resolve(bindings, cells)
    return Promise.resolve(
      this.program.steps.map((step) => {
        const begin = performance.now()
        this.runStep(step, operands, cells)
        return performance.now() - begin
      }),
    )
  }

  /** @inheritdoc */
  dispose(): void {
    for (const storage of this.arena ?? []) storage?.release()
    this.arena = undefined
  }

  private runStep(step: ProgramStep, operands: readonly Storage[], cells: readonly number[]): void {
    this.device.run(
      step.kernel,
      step.inputs.map((operand) => operands[operand] as Storage),
      step.outputs.map((operand) => operands[operand] as Storage),
      step.cells.map((slot) => cells[slot] as number),
    )
  }

  private resolve(bindings: readonly Storage[], cells: readonly number[]): readonly Storage[] {
    const { program, arena } = this
    if (arena === undefined) {
      throw new DisposedError('replay: got a run after dispose(), expected a live program. Prepare it again.')
    }
    if (bindings.length !== program.bindings || cells.length !== program.cells) {
      throw new ArgumentError(
        `replay: got ${bindings.length} bindings and ${cells.length} cells, expected ${program.bindings} and ${program.cells}. Pass one for each slot of the program.`,
      )
    }
    return program.operands.map((operand, at) =>
      operand.kind === 'arena' ? (arena[at] as Storage) : (bindings[operand.binding] as Storage),
    )
  }
}
