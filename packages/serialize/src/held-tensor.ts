import { ArgumentError, Tensor, Variable } from '@chainrule/tensor'
import { quote } from './quote.js'

/** Tensors by name, as `stateDict()` gives them: a plain object or a map. */
export type NamedTensors = Readonly<Record<string, Tensor>> | ReadonlyMap<string, Tensor>

/** A tensor on its way into a file. */
export interface HeldTensor {
  readonly name: string
  readonly tensor: Tensor
}

/**
 * Hands tensors to `use` with the values they have now, however long it takes: a variable may be assigned to while a
 * file is written, so its storage is held by a handle of its own, which costs no copy.
 *
 * @throws ArgumentError for what is not a tensor; DisposedError, naming the tensor, before `use` runs.
 */
export async function withHeldTensors<Result>(
  where: string,
  tensors: NamedTensors,
  use: (held: readonly HeldTensor[]) => Promise<Result>,
): Promise<Result> {
  if (typeof tensors !== 'object' || tensors === null) {
    throw new ArgumentError(`${where}: got ${String(tensors)}, expected tensors by name. Pass a stateDict().`)
  }
  const entries = [...(tensors instanceof Map ? tensors : Object.entries(tensors))] as readonly [string, Tensor][]
  for (const [name, tensor] of entries) {
    if (!(tensor instanceof Tensor)) {
      throw new ArgumentError(
        `${where}: got ${typeof tensor} for ${quote(name)}, expected a Tensor. Pass a stateDict(), or wrap it in tensor().`,
      )
    }
    tensor.storageFor(`${where}: tensor ${quote(name)}`)
  }
  const held = entries.map(([name, tensor]) => ({
    name,
    tensor: tensor instanceof Variable ? snapshot(tensor) : tensor,
  }))
  try {
    return await use(held)
  } finally {
    held.forEach(({ tensor }, index) => {
      if (tensor !== entries[index]?.[1]) tensor.dispose()
    })
  }
}

/** Another handle on the variable's present storage, outside every scope, since it outlasts the call. */
function snapshot(variable: Variable): Tensor {
  return new Tensor(variable, variable.storageFor('save'), variable.home, false)
}
