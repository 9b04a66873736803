import { callLine } from './call-line.js'
import type { TapeNode } from './tape-node.js'

let watchers = 0
let walking: TapeNode | undefined

/** Notes lines and nodes from now on, for a watcher of anomalies; returns what ends it. */
export const startAnomalyWatch = (): (() => void) => {
  watchers += 1
  return () => {
    watchers -= 1
  }
}

/** Where an op is being called, while anomalies are looked for. */
export const anomalyLine = (): string | undefined => (watchers === 0 ? undefined : callLine())

/** The node whose gradient is being computed, the outermost where the gradient of an op runs other gradients. */
export const walkingNode = (): TapeNode | undefined => walking

/** Runs the rule of a node. */
export const walkingThrough = <T>(node: TapeNode, run: () => T): T => {
  if (watchers === 0 || walking !== undefined) return run()
  walking = node
  try {
    return run()
  } finally {
    walking = undefined
  }
}
