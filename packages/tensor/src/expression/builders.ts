/** Everything that builds expressions, under one name for the places that write formulas. */
export { type Expression, cellSlot, constant, count, index, input, stage } from './expression.js'
export * from './scalar-ops.js'
