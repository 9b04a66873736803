import type { DType } from '@chainrule/tensor'
import type { LaunchOperand } from './launch.js'

/** Type of the elements of a binding as WGSL declares it. */
export type WordType = 'f32' | 'i32' | 'u32' | 'f16'

/** How a binding is declared; operands that share it may see its words differently. */
export interface BindingCode {
  readonly variable: string
  readonly word: WordType
  readonly lanes: 1 | 4
  readonly atomic: boolean
}

/** Type of a value in registers: float16 is computed in float32 and rounded when stored. */
export const valueType = (dtype: DType): 'bool' | 'i32' | 'f32' =>
  dtype === 'bool' ? 'bool' : dtype === 'int32' ? 'i32' : 'f32'

/** Words that hold elements of a dtype: four bool share one, a byte each. */
export const wordType = (dtype: DType): WordType =>
  dtype === 'bool' ? 'u32' : dtype === 'int32' ? 'i32' : dtype === 'float16' ? 'f16' : 'f32'

/** Loads and stores of one operand; what takes more than an expression becomes a function of the shader. */
export class OperandCode {
  readonly operand: LaunchOperand
  readonly binding: BindingCode
  readonly #functions = new Map<string, string>()

  /**
   * @param operand - what a dispatch binds
   * @param binding - the binding it shares or has alone
   */
  constructor(operand: LaunchOperand, binding: BindingCode) {
    this.operand = operand
    this.binding = binding
  }

  /** Functions that the loads and stores asked for so far need. */
  get functions(): string {
    return [...this.#functions.values()].join('\n')
  }

  /** @param index - number of an element, as WGSL of type u32; @returns its value */
  load(index: string): string {
    const { variable } = this.binding
    switch (this.operand.dtype) {
      case 'bool':
        return this.#call(
          'load',
          index,
          `(i: u32) -> bool {\n  return ((${this.#boolWord('i >> 2u')} >> ((i & 3u) * 8u)) & 1u) != 0u;\n}`,
        )
      case 'float16':
        return `f32(${variable}[${index}])`
      default:
        return this.#fromWord(`${variable}[${index}]`, '')
    }
  }

  /** @param index - number of an element; @param value - its value; @returns a statement */
  store(index: string, value: string): string {
    const { variable } = this.binding
    switch (this.operand.dtype) {
      case 'bool':
        return `${this.#call(
          'store',
          `${index}, ${value}`,
          `(i: u32, value: bool) {\n  let shift = (i & 3u) * 8u;\n  atomicAnd(&${variable}[i >> 2u], ~(255u << shift));\n  atomicOr(&${variable}[i >> 2u], select(0u, 1u << shift, value));\n}`,
        )};`
      case 'float16':
        return `${variable}[${index}] = f16(${value});`
      default:
        return `${variable}[${index}] = ${this.#toWord(value, '')};`
    }
  }

  /** @param index - number of an aligned group of four elements; @returns a vec4 of their values */
  loadLanes(index: string): string {
    const { variable, lanes } = this.binding
    const { dtype } = this.operand
    if (dtype === 'bool') {
      return this.#call(
        'load_lanes',
        index,
        `(i: u32) -> vec4<bool> {\n  return ((vec4<u32>(${this.#boolWord('i')}) >> vec4<u32>(0u, 8u, 16u, 24u)) & vec4<u32>(1u)) != vec4<u32>(0u);\n}`,
      )
    }
    if (lanes === 1) {
      const each = [0, 1, 2, 3].map((lane) => this.load(`i * 4u + ${String(lane)}u`)).join(', ')
      const type = `vec4<${valueType(dtype)}>`
      return this.#call('load_lanes', index, `(i: u32) -> ${type} {\n  return ${type}(${each});\n}`)
    }
    return dtype === 'float16' ? `vec4<f32>(${variable}[${index}])` : this.#fromWord(`${variable}[${index}]`, 'vec4')
  }

  /**
   * @param index - number of an aligned group of four elements
   * @param value - a vec4 of their values
   * @param valid - how many of them to write, where it may be fewer than four
   * @returns a statement
   */
  storeLanes(index: string, value: string, valid?: string): string {
    const { variable, lanes, atomic } = this.binding
    const { dtype } = this.operand
    if (dtype === 'bool') {
      const word = 'dot(select(vec4<u32>(0u), vec4<u32>(1u, 256u, 65536u, 16777216u), value), vec4<u32>(1u))'
      const put = (text: string): string =>
        atomic ? `atomicStore(&${variable}[i], ${text});` : `${variable}[i] = ${text};`
      if (valid === undefined) {
        return `${this.#call('store_lanes', `${index}, ${value}`, `(i: u32, value: vec4<bool>) {\n  ${put(word)}\n}`)};`
      }
      const kept = 'let kept = 0xffffffffu << (valid * 8u);'
      const some = `atomicAnd(&${variable}[i], kept);\n    atomicOr(&${variable}[i], ${word} & ~kept);`
      return `${this.#call(
        'store_some',
        `${index}, ${value}, ${valid}`,
        `(i: u32, value: vec4<bool>, valid: u32) {\n  if (valid >= 4u) {\n    ${put(word)}\n  } else {\n    ${kept}\n    ${some}\n  }\n}`,
      )};`
    }
    const type = `vec4<${valueType(dtype)}>`
    const each = ['x', 'y', 'z', 'w'].map((lane, at) =>
      lanes === 1
        ? this.store(`i * 4u + ${String(at)}u`, `value.${lane}`)
        : `${variable}[i].${lane} = ${dtype === 'float16' ? `f16(value.${lane})` : this.#toWord(`value.${lane}`, '')};`,
    )
    if (valid === undefined) {
      if (lanes === 1) {
        return `${this.#call('store_lanes', `${index}, ${value}`, `(i: u32, value: ${type}) {\n  ${each.join('\n  ')}\n}`)};`
      }
      return `${variable}[${index}] = ${dtype === 'float16' ? `vec4<f16>(${value})` : this.#toWord(value, 'vec4')};`
    }
    const whole =
      lanes === 1
        ? each.join('\n    ')
        : `${variable}[i] = ${dtype === 'float16' ? 'vec4<f16>(value)' : this.#toWord('value', 'vec4')};`
    const some = each.slice(0, 3).map((line, at) => `if (valid > ${String(at)}u) { ${line} }`)
    return `${this.#call(
      'store_some',
      `${index}, ${value}, ${valid}`,
      `(i: u32, value: ${type}, valid: u32) {\n  if (valid >= 4u) {\n    ${whole}\n  } else {\n    ${some.join('\n    ')}\n  }\n}`,
    )};`
  }

  #call(verb: string, callArguments: string, definition: string): string {
    const name = `${verb}_${this.operand.name}`
    this.#functions.set(name, `fn ${name}${definition}\n`)
    return `${name}(${callArguments})`
  }

  #boolWord(index: string): string {
    const { variable, atomic, word } = this.binding
    if (atomic) return `atomicLoad(&${variable}[${index}])`
    return word === 'u32' ? `${variable}[${index}]` : `bitcast<u32>(${variable}[${index}])`
  }

  #fromWord(text: string, shape: '' | 'vec4'): string {
    const wanted = wordType(this.operand.dtype)
    if (this.binding.word === wanted) return text
    return shape === '' ? `bitcast<${wanted}>(${text})` : `bitcast<vec4<${wanted}>>(${text})`
  }

  #toWord(text: string, shape: '' | 'vec4'): string {
    const { word } = this.binding
    if (word === wordType(this.operand.dtype)) return text
    return shape === '' ? `bitcast<${word}>(${text})` : `bitcast<vec4<${word}>>(${text})`
  }
}
