import type { RowStructure } from '@chainrule/tensor'
import { mainHead } from '../launch.js'
import { functionsText, type WgslFunction } from '../math/wgsl-function.js'
import type { OperandCode } from '../operand-code.js'
import { groupThreads } from '../plan-context.js'
import { CodeLines } from './code-lines.js'
import { leafFunction, stageReduction } from './row-functions.js'
import { sharedDeclarations } from './row-lanes.js'
import type { RowLayout } from './row-layout.js'
import type { RowPhase } from './row-structure.js'
import { RowWriter } from './row-writer.js'

/** The entry point: finds which space a workgroup belongs to. */
const mainCode = (layouts: readonly RowLayout[]): string => {
  const lines = new CodeLines()
  const [only] = layouts
  if (layouts.length === 1 && only) lines.add(`  ${only.name}space(group, local);`)
  else {
    lines.add('  var first = 0u;')
    for (const { name } of layouts) {
      lines.add(
        `  if (group - first < args.${name}groups) {`,
        `    ${name}space(group - first, local);`,
        '    return;',
        '  }',
        `  first += args.${name}groups;`,
      )
    }
  }
  return [mainHead(groupThreads), lines.text, '}'].join('\n')
}

/**
 * The WGSL of a launch of a row kernel.
 *
 * @param structure - of the kernel
 * @param layouts - the spaces of the launch
 * @param phase - what the launch does
 * @param codes - loads and stores of its operands
 * @param subgroup - threads that exchange registers, 0 for none
 * @returns the text
 */
export const rowCode = (
  structure: RowStructure,
  layouts: readonly RowLayout[],
  phase: RowPhase,
  codes: readonly OperandCode[],
  subgroup: number,
): string => {
  const needed = new Set<WgslFunction>()
  const use = (callee: WgslFunction): void => void needed.add(callee)
  const functions = {
    stages: structure.stages.map(({ expression }, stage) =>
      leafFunction(structure, `stage${String(stage)}_of`, expression, use),
    ),
    outputs: structure.outputs.map(({ expression }, position) =>
      leafFunction(structure, `output${String(position)}_of`, expression, use),
    ),
  }
  structure.stages.forEach((_, stage) => stageReduction(structure, stage).needs.forEach(use))
  const isOf = (layout: RowLayout, { operand }: OperandCode): boolean =>
    operand.name === 'partials' || ['in', 'out'].some((kind) => operand.name.startsWith(`${layout.name}${kind}`))
  const spaces = layouts.map((layout) => {
    const own = codes.filter((code) => isOf(layout, code))
    return new RowWriter(structure, layout, own, functions, subgroup).text(phase)
  })
  return [
    functionsText(needed),
    ...sharedDeclarations(structure),
    '',
    ...functions.stages.map(({ text }) => text),
    ...(phase.ending === 'outputs' ? functions.outputs.map(({ text }) => text) : []),
    ...spaces,
    mainCode(layouts),
  ].join('\n')
}
