import { isFloating, type Tensor, tensorsIn, type Variable, withoutGradients } from '@chainrule/tensor'
import { jvp, vjp } from '@chainrule/autograd'
import type { GradCheckInput, InputPlace } from './input-place.js'

/** A function of tensors to tensors that is checked, and where. */
export interface Subject {
  /** The tensors it is differentiated by. */
  readonly inputs: readonly InputPlace[]
  /** Its floating results, given stand-ins for the inputs. */
  call(stands: readonly Tensor[]): readonly Tensor[]
}

type Undo = () => void

/** Lets recorders see a variable as the tensor that stands in for it. */
const lendTraces = (variable: Variable, stand: Tensor): Undo => {
  const lent: Parameters<Variable['dropTrace']>[0][] = []
  stand.eachTrace((trace) => {
    if (variable.traceOf(trace.recorder) !== undefined) return
    variable.setTrace(trace)
    lent.push(trace.recorder)
  })
  return () => {
    for (const recorder of lent) variable.dropTrace(recorder)
  }
}

/** Runs a function after changes that are undone afterwards, last first. */
const during = <T>(changes: readonly (() => Undo)[], run: () => T): T => {
  const undo: Undo[] = []
  try {
    for (const change of changes) undo.push(change())
    return run()
  } finally {
    for (const each of undo.reverse()) each()
  }
}

/**
 * A function as a subject: plain arguments are replaced by their stand-ins; variables stay, and recorders take them for
 * theirs, so it does not matter whether the function reads them as arguments or by itself.
 *
 * @param f - the function
 * @param args - its arguments
 * @param inputs - those it is differentiated by
 * @returns the subject
 */
export const subjectOf = (
  f: (...args: readonly GradCheckInput[]) => unknown,
  args: readonly GradCheckInput[],
  inputs: readonly InputPlace[],
): Subject => ({
  inputs,
  call: (stands) => {
    const replaced = [...args]
    const lending: (() => Undo)[] = []
    inputs.forEach(({ argument, variable }, place) => {
      const stand = stands[place]
      if (stand === undefined) return
      if (variable !== undefined) lending.push(() => lendTraces(variable, stand))
      else if (argument !== undefined) replaced[argument] = stand
    })
    return during(lending, () => tensorsIn(f(...replaced)).filter(({ dtype }) => isFloating(dtype)))
  },
})

/**
 * The results at other values of the inputs; variables hold them while the function runs.
 *
 * @param subject - the function
 * @param values - one for each input
 * @returns the results
 */
export const callAt = (subject: Subject, values: readonly Tensor[]): readonly Tensor[] =>
  withoutGradients(() => {
    const assigning = subject.inputs.flatMap(({ variable }, place): (() => Undo)[] => {
      const value = values[place]
      if (variable === undefined || value === undefined) return []
      return [
        () => {
          const before = variable.detach()
          variable.assign(value)
          return () => {
            variable.assign(before)
            before.dispose()
          }
        },
      ]
    })
    // A result that is the variable itself would change with it.
    return during(assigning, () => subject.call(values).map((result) => result.detach()))
  })

const extra = (name: string, tensors: readonly Tensor[]): InputPlace[] =>
  tensors.map((tensor, place) => ({ name: `${name} ${place}`, tensor, argument: undefined, variable: undefined }))

/**
 * The gradient of a subject as a subject: (x, v) ↦ Jᵀv.
 *
 * @param subject - the function
 * @param seeds - v, like the results
 * @returns the subject
 */
export const pullbackOf = (subject: Subject, seeds: readonly Tensor[]): Subject => {
  const count = subject.inputs.length
  return {
    inputs: [...subject.inputs, ...extra('seed', seeds)],
    call: (stands) => {
      const { pullback } = vjp((list: readonly Tensor[]) => subject.call(list), stands.slice(0, count))
      return pullback(stands.slice(count))
    },
  }
}

/**
 * The derivative of a subject along a direction as a subject: (x, u) ↦ Ju.
 *
 * @param subject - the function
 * @param directions - u, like the inputs
 * @returns the subject
 */
export const tangentOf = (subject: Subject, directions: readonly Tensor[]): Subject => {
  const count = subject.inputs.length
  return {
    inputs: [...subject.inputs, ...extra('direction', directions)],
    call: (stands) =>
      jvp((list: readonly Tensor[]) => subject.call(list), [stands.slice(0, count)], [stands.slice(count)]).tangent,
  }
}
