import type { DType } from '@chainrule/tensor'
import type { OperandCode } from './operand-code.js'

/**
 * Which memory a dispatch uses: operand `position` of the kernel, a scratch block of the plan, or the device's record of
 * faults (indices outside their axis).
 */
export interface MemoryReference {
  readonly kind: 'input' | 'output' | 'scratch' | 'faults'
  readonly position: number
}

/** One storage that a dispatch binds, and how its shader sees it. */
export interface LaunchOperand {
  /** Its name in the shader. */
  readonly name: string
  readonly memory: MemoryReference
  /** Elements in the shader. */
  readonly dtype: DType
  /** Elements of one load or store: 4 needs accesses that are aligned to 4 elements. */
  readonly lanes: 1 | 4
  readonly writes: boolean
  /** Whether several threads may write parts of one word: bool elements, one byte each. */
  readonly atomic?: boolean
  /** First byte of the window of the storage that is bound, a multiple of 256. */
  readonly byteOffset?: number
  /** Bytes of the window; the rest of the storage without it. */
  readonly byteLength?: number
}

/** One number in the argument block of a dispatch, fixed or from a cell of the kernel. */
export type ArgumentField =
  | { readonly name: string; readonly type: 'u32' | 'i32' | 'f32'; readonly value: number }
  | {
      readonly name: string
      readonly type: 'u32' | 'i32' | 'f32'
      readonly cell: number
      /** Which 32 bits of a whole number below 2^53; the number itself without it. */
      readonly half?: 'low' | 'high'
      /** Added to the cell. */
      readonly plus?: number
    }
  | {
      readonly name: string
      readonly type: 'u32'
      /** The number under which the launch notes an index outside its axis. */
      readonly fault: true
    }

/** One dispatch: a shader, its arguments and what it binds. */
export interface Launch {
  /** What it does and to what shapes, for labels and errors. */
  readonly label: string
  /** What the shader does and how it cuts the work: the first lines of its text. */
  readonly comment: string
  /** Same key, same shader text, but for how operands share bindings. */
  readonly key: string
  readonly operands: readonly LaunchOperand[]
  readonly fields: readonly ArgumentField[]
  /** Workgroups in all; the shader gets their flat number. None is no dispatch. */
  readonly workgroups: number
  /** WGSL after the declarations of arguments and bindings. */
  readonly body: (operands: readonly OperandCode[]) => string
  /** Extensions of WGSL that the text uses. */
  readonly extensions?: readonly ('f16' | 'subgroups')[]
}

/** All dispatches of a kernel, in order, and the bytes of the scratch blocks that they share. */
export interface LaunchPlan {
  readonly launches: readonly Launch[]
  readonly scratch: readonly number[]
}

/** Operand `position` of the kernel's inputs. */
export const inputMemory = (position: number): MemoryReference => ({ kind: 'input', position })

/** Operand `position` of the kernel's outputs. */
export const outputMemory = (position: number): MemoryReference => ({ kind: 'output', position })

/** Scratch block `position` of the plan. */
export const scratchMemory = (position: number): MemoryReference => ({ kind: 'scratch', position })

/** The device's record of faults. */
export const faultsMemory: MemoryReference = { kind: 'faults', position: 0 }

/**
 * The head of an entry point, which knows the flat number of its workgroup, `group`, and that of the thread in it,
 * `local`: dispatches beyond 65,535 workgroups have two dimensions, and some workgroups at the end too many.
 *
 * @param threads - threads of a workgroup
 * @param parameters - further built-in values
 * @returns WGSL up to the opening brace and the first lines
 */
export const mainHead = (threads: number, parameters: readonly string[] = []): string =>
  [
    `@compute @workgroup_size(${String(threads)})`,
    'fn main(',
    '  @builtin(workgroup_id) group_id: vec3<u32>,',
    '  @builtin(num_workgroups) group_counts: vec3<u32>,',
    '  @builtin(local_invocation_index) local: u32,',
    ...parameters.map((parameter) => `  ${parameter},`),
    ') {',
    '  let group = group_id.x + group_id.y * group_counts.x;',
  ].join('\n')
