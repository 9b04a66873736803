import {
  applyComposite,
  type Composite,
  GradientError,
  mapTensors,
  recordDraws,
  replayDraws,
  type Storage,
  type Tensor,
  tensorsIn,
  type Variable,
  withoutGradients,
  withRecorder,
} from '@chainrule/tensor'

/**
 * A function whose inner values are computed again in the backward pass instead of kept: memory for time (Chen et al.,
 * 2016). Random numbers are the same both times. Parameters used inside get their gradients.
 *
 * @param f - a function of tensors (in arrays and objects) to tensors
 * @returns a function with the same values and gradients
 * @throws GradientError in backward when a parameter changed in between
 *
 * @example
 * ```ts
 * import { checkpoint, grad } from '@chainrule/autograd'
 * import { tensor } from '@chainrule/tensor'
 * const block = checkpoint((x) => x.sin().exp())
 * console.log(String(grad((x) => block(x))(tensor(0)))) // tensor(1, float32)
 * ```
 */
export const checkpoint =
  <Args extends readonly unknown[], Result>(f: (...args: Args) => Result): ((...args: Args) => Result) =>
  (...args) => {
    const used = new Map<Variable, Storage | undefined>()
    const given = tensorsIn(args)
    const watcher = {
      kind: 'observer' as const,
      op: () => undefined,
      read: (variable: Variable) => {
        if (!used.has(variable)) used.set(variable, variable.storage)
      },
    }
    const { result: values, draws } = withRecorder(watcher, () => withoutGradients(() => recordDraws(() => f(...args))))
    let structure: Result | undefined = values
    const variables = [...used.keys()].filter((variable) => !given.includes(variable))
    const composite: Composite = {
      name: 'checkpoint',
      meaning: (inputs) => {
        if (structure !== undefined) {
          const results = tensorsIn(structure)
          structure = undefined
          return results
        }
        for (const [variable, storage] of used) {
          if (variable.storage !== storage) {
            throw new GradientError(
              'checkpoint: a parameter was assigned between the forward and the backward pass, expected it unchanged. ' +
                'Call backward before the optimizer steps.',
            )
          }
        }
        return replayDraws(draws, () => tensorsIn(runWith(f, args, given, inputs, variables)))
      },
    }
    const outputs = applyComposite(composite, [...given, ...variables], undefined)
    let place = 0
    return mapTensors(values, () => outputs[place++])
  }

/** Runs f with its tensors, and the variables it reads, standing in for the inputs of the composite. */
const runWith = <Args extends readonly unknown[], Result>(
  f: (...args: Args) => Result,
  args: Args,
  given: readonly Tensor[],
  inputs: readonly Tensor[],
  variables: readonly Variable[],
): Result => {
  const replaced = args.map((argument) =>
    mapTensors(argument, (tensor) => inputs[given.indexOf(tensor)]),
  ) as unknown as Args
  const undo = variables.map((variable, place) => borrowTraces(variable, inputs[given.length + place]))
  try {
    return f(...replaced)
  } finally {
    for (const restore of undo) restore()
  }
}

/** Lets a variable be seen by recorders as the tensor that stands in for it; returns what undoes it. */
const borrowTraces = (variable: Variable, stand: Tensor | undefined): (() => void) => {
  const recorders: Parameters<Variable['dropTrace']>[0][] = []
  stand?.eachTrace((trace) => {
    if (variable.traceOf(trace.recorder) !== undefined) return
    variable.setTrace(trace)
    recorders.push(trace.recorder)
  })
  return () => {
    for (const recorder of recorders) variable.dropTrace(recorder)
  }
}
