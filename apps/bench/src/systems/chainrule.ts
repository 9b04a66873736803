import type * as Chainrule from '../../../../packages/umbrella/dist/index.js'
import type { System } from '../system.ts'
import { chainruleSystem } from './chainrule-models.ts'

const library = new URL('../../../../packages/umbrella/dist/index.js', import.meta.url).href
const blas = new URL('../../../../packages/blas/dist/index.js', import.meta.url).href

/** What differs between the systems of this file. */
interface Settings {
  readonly compiled: boolean
  readonly threads: number
  readonly blas: boolean
}

const settings: Readonly<Record<string, Settings>> = {
  chainrule: { compiled: true, threads: 2, blas: false },
  'chainrule-eager': { compiled: false, threads: 2, blas: false },
  'chainrule-1': { compiled: true, threads: 1, blas: false },
  'chainrule-blas': { compiled: true, threads: 2, blas: true },
}

export const open = async (name: string): Promise<System> => {
  const { compiled, threads, blas: useBlas } = settings[name] ?? { compiled: true, threads: 2, blas: false }
  const cr = (await import(library)) as typeof Chainrule
  if (useBlas) await import(blas)
  await cr.setDevice('wasm', { threads, ...(useBlas && { blas: 'auto' as const }) })
  const description = `chainrule ${compiled ? 'compiled' : 'eager'}, ${JSON.stringify(cr.currentDevice().describe())}`
  return chainruleSystem(cr, compiled, description)
}
