import type * as Chainrule from '../../../../packages/umbrella/dist/index.js'
import type { System } from '../system.ts'
import { chainruleSystem } from './chainrule-models.ts'

const library = new URL('../../../../packages/umbrella/dist/index.js', import.meta.url).href

/** What differs between the systems of this file. */
interface Settings {
  readonly compiled: boolean
  readonly threads: number
}

const settings: Readonly<Record<string, Settings>> = {
  chainrule: { compiled: true, threads: 2 },
  'chainrule-eager': { compiled: false, threads: 2 },
  'chainrule-1': { compiled: true, threads: 1 },
}

export const open = async (name: string): Promise<System> => {
  const { compiled, threads } = settings[name] ?? { compiled: true, threads: 2 }
  const cr = (await import(library)) as typeof Chainrule
  await cr.setDevice('wasm', { threads })
  const description = `chainrule ${compiled ? 'compiled' : 'eager'}, ${JSON.stringify(cr.currentDevice().describe())}`
  return chainruleSystem(cr, compiled, description)
}
