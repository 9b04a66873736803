import type * as Chainrule from '../../../../packages/umbrella/dist/index.js'
import type { System } from '../system.ts'
import { chainruleSystem } from './chainrule-models.ts'

const blas = new URL('../../../../packages/blas/dist/index.js', import.meta.url).href
const library = new URL('../../../../packages/umbrella/dist/index.js', import.meta.url).href

/** What differs between the systems of this file. */
interface Settings {
  readonly compiled: boolean
  readonly threads: number
  /** Whether the BLAS of the machine multiplies matrices. */
  readonly blas?: true
}

const settings: Readonly<Record<string, Settings>> = {
  chainrule: { compiled: true, threads: 2 },
  'chainrule-eager': { compiled: false, threads: 2 },
  'chainrule-blas': { compiled: true, threads: 2, blas: true },
  'chainrule-1': { compiled: true, threads: 1 },
}

export const open = async (name: string): Promise<System> => {
  const { compiled, threads, blas: wantsBlas } = settings[name] ?? { compiled: true, threads: 2 }
  const cr = (await import(library)) as typeof Chainrule
  if (wantsBlas) await import(blas)
  await cr.setDevice('wasm', { threads, blas: wantsBlas ? 'auto' : false })
  const found = cr.currentDevice().describe()
  if (wantsBlas && found['blasCalls'] === undefined) throw new Error(`no BLAS: ${String(found['blas'])}`)
  const description = `chainrule ${compiled ? 'compiled' : 'eager'}, ${JSON.stringify(found)}`
  const system = chainruleSystem(cr, compiled, description)
  if (!wantsBlas) return system
  const libraryCalls = (): number => Number(cr.currentDevice().describe()['blasCalls'])
  return {
    description,
    prepare: async (each, arrays) => {
      const runner = await system.prepare(each, arrays)
      return 'skip' in runner ? runner : { check: runner.check, run: () => runner.run(), libraryCalls }
    },
  }
}
