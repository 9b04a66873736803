import { add, isFloating, logicalOr, reshape, ShapeError, showShape, type Tensor, where } from '@chainrule/tensor'

/** What attention masks are for. */
export interface MaskSizes {
  readonly batch: number
  readonly heads: number
  readonly queries: number
  readonly keys: number
}

/** [L, S] or [N · heads, L, S] as [1 or N, 1 or heads, L, S]. */
const byHead = (layer: string, mask: Tensor, { batch, heads, queries, keys }: MaskSizes): Tensor => {
  const shape = mask.shape.join()
  if (shape === [queries, keys].join()) return reshape(mask, [1, 1, queries, keys])
  if (shape === [batch * heads, queries, keys].join()) return reshape(mask, [batch, heads, queries, keys])
  throw new ShapeError(
    `${layer}: got a mask of ${showShape(mask.shape)}, expected [${queries}, ${keys}] or [${batch * heads}, ${queries}, ${keys}] ` +
      '(queries and keys, perhaps for each sample and head).',
  )
}

/** [N, S] as [N, 1, 1, S]. */
const byKey = (layer: string, mask: Tensor, { batch, keys }: MaskSizes): Tensor => {
  if (mask.shape.join() === [batch, keys].join()) return reshape(mask, [batch, 1, 1, keys])
  throw new ShapeError(
    `${layer}: got a padding mask of ${showShape(mask.shape)}, expected [${batch}, ${keys}] (samples and keys).`,
  )
}

/** A bool mask as numbers to add: −infinity where it forbids. */
const asNumbers = (mask: Tensor, like: Tensor): Tensor =>
  isFloating(mask.dtype) ? mask : where(mask, Number.NEGATIVE_INFINITY, 0).to(like.dtype)

/** Both masks as one: bool where both are, else numbers to add. */
export const combineMasks = (
  layer: string,
  attention: Tensor | undefined,
  padding: Tensor | undefined,
  sizes: MaskSizes,
): Tensor | undefined => {
  const first = attention && byHead(layer, attention, sizes)
  const second = padding && byKey(layer, padding, sizes)
  if (first === undefined || second === undefined) return first ?? second
  if (first.dtype === 'bool' && second.dtype === 'bool') return logicalOr(first, second)
  const like = isFloating(first.dtype) ? first : second
  return add(asNumbers(first, like), asNumbers(second, like))
}
