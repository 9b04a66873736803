import type { DType, Reduction } from '@chainrule/tensor'
import { fromBits, isNan } from '../math/bits.js'
import { maximum, minimum } from '../math/selection.js'
import type { WgslFunction } from '../math/wgsl-function.js'
import { valueType } from '../operand-code.js'

/** WGSL of one reduction: what a thread carries along a row. */
export interface ReductionCode {
  /** Type of the value that is carried. */
  readonly type: 'bool' | 'i32' | 'f32'
  /** Whether the place of the value is carried as well. */
  readonly hasPlace: boolean
  readonly identity: string
  readonly needs: readonly WgslFunction[]
  /** The value of two. */
  readonly combine: (left: string, right: string) => string
  /** Where places are carried, the function that says whether a value and place beat another. */
  readonly beats: string
}

/** Whether a value and place beat another: NaN beats numbers, and the first of equals stays. */
const better = (name: string, isMaximum: boolean, type: 'bool' | 'i32' | 'f32'): WgslFunction => {
  const order = isMaximum ? 'value > best' : 'value < best'
  const boolOrder = isMaximum ? 'value && !best' : '!value && best'
  const nan = `
  let nan = is_nan(value);
  let best_nan = is_nan(best);
  if (nan || best_nan) { return nan && (!best_nan || place < best_place); }`
  return {
    name,
    needs: type === 'f32' ? [isNan] : [],
    source: `
fn ${name}(value: ${type}, place: i32, best: ${type}, best_place: i32) -> bool {${type === 'f32' ? nan : ''}
  if (value == best) { return place < best_place; }
  return ${type === 'bool' ? boolOrder : order};
}`,
  }
}

const infinity = (sign: '+' | '-'): string => `from_bits(0x${sign === '+' ? '7' : 'f'}f800000u)`

const lowest: Record<'bool' | 'i32' | 'f32', string> = {
  bool: 'false',
  i32: 'bitcast<i32>(0x80000000u)',
  f32: infinity('-'),
}

const highest: Record<'bool' | 'i32' | 'f32', string> = { bool: 'true', i32: '2147483647i', f32: infinity('+') }

/**
 * The code of a reduction of values of a dtype.
 *
 * @param reduction - which
 * @param dtype - of the values
 * @returns its code
 */
export const reductionCode = (reduction: Reduction, dtype: DType): ReductionCode => {
  const type = valueType(dtype)
  const extreme = (isMaximum: boolean): Omit<ReductionCode, 'hasPlace' | 'beats'> => {
    const callee = isMaximum ? maximum : minimum
    const combine: Record<typeof type, (left: string, right: string) => string> = {
      bool: (left, right) => `(${left} ${isMaximum ? '|' : '&'} ${right})`,
      i32: (left, right) => `${isMaximum ? 'max' : 'min'}(${left}, ${right})`,
      f32: (left, right) => `${callee.name}(${left}, ${right})`,
    }
    const needs = type === 'f32' ? [fromBits, callee] : []
    return { type, identity: (isMaximum ? lowest : highest)[type], needs, combine: combine[type] }
  }
  const arithmetic = (operator: string, identity: string): ReductionCode => ({
    // Sums of bool count in int32.
    type: type === 'f32' ? 'f32' : 'i32',
    hasPlace: false,
    identity: type === 'f32' ? `${identity}.0` : `${identity}i`,
    needs: [],
    combine: (left, right) => `(${left} ${operator} ${right})`,
    beats: '',
  })
  switch (reduction) {
    case 'sum':
      return arithmetic('+', '0')
    case 'prod':
      return arithmetic('*', '1')
    case 'max':
    case 'min':
      return { ...extreme(reduction === 'max'), hasPlace: false, beats: '' }
    case 'argmax':
    case 'argmin': {
      const isMaximum = reduction === 'argmax'
      const callee = better(isMaximum ? `beats_${type}` : `undercuts_${type}`, isMaximum, type)
      return {
        ...extreme(isMaximum),
        hasPlace: true,
        needs: [...(type === 'f32' ? [fromBits] : []), callee],
        beats: callee.name,
      }
    }
  }
}
