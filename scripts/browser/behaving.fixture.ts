import { answerTest, logToTest } from './page.js'

/** What a page may do. */
export type Behaviour = 'answer' | 'throw' | 'reject unheard' | 'say nothing' | 'evaluate text'

await answerTest<{ behaviour: Behaviour }>(async ({ behaviour }) => {
  logToTest(`about to ${behaviour}`)
  switch (behaviour) {
    case 'answer':
      console.error('a remark')
      return { isolated: crossOriginIsolated }
    case 'throw':
      throw new Error('this page throws')
    case 'reject unheard':
      void Promise.reject(new Error('nobody hears this'))
      return await new Promise(() => undefined)
    case 'say nothing':
      return await new Promise(() => undefined)
    case 'evaluate text':
      return globalThis.eval('1') as number
  }
})
