import type { Tensor } from './tensor.js'

/** What outlives a scope: the tensors of its result and those that the graphs behind them need. */
export class Reachable {
  /** The tensors found. */
  readonly tensors = new Set<Tensor>()
  /** Nodes with smaller ids are older than the scope, so nothing that they keep can belong to it. */
  readonly firstNode: number
  readonly #parts = new Set<object>()
  readonly #pending: Tensor[] = []

  /** @param firstNode - how many nodes there were when the scope began */
  constructor(firstNode: number) {
    this.firstNode = firstNode
  }

  /** Adds a tensor, and later what its traces need. */
  add(tensor: Tensor): void {
    if (this.tensors.has(tensor)) return
    this.tensors.add(tensor)
    this.#pending.push(tensor)
  }

  /** Whether a part of a graph is met for the first time: graphs that share parts are walked once. */
  enter(part: object): boolean {
    if (this.#parts.has(part)) return false
    this.#parts.add(part)
    return true
  }

  /** Follows the traces of what was added, and of what those add, until nothing is new. */
  follow(): void {
    for (let tensor = this.#pending.pop(); tensor !== undefined; tensor = this.#pending.pop()) {
      tensor.eachTrace((trace) => {
        trace.reach(this)
      })
    }
  }
}
