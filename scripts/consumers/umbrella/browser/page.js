import { train } from './train.js'

const inWorker = (device, options) =>
  new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' })
    worker.onerror = ({ message }) => reject(new Error(`the worker failed: ${message}`))
    worker.onmessage = ({ data }) => (data.failure ? reject(new Error(data.failure)) : resolve(data.value))
    worker.postMessage({ device, options })
  })

const answer = {}
// Not awaited here: a module that others wait for must not wait for its own chunks.
const work = async () => {
  const { runs } = await (await fetch('/options')).json()
  answer.value = []
  for (const { device, options, worker } of runs) {
    answer.value.push(await (worker ? inWorker : train)(device, options))
  }
}
work()
  .catch((error) => (answer.failure = String(error.stack ?? error)))
  .finally(() => fetch('/answer', { method: 'POST', body: JSON.stringify(answer) }))
