/**
 * A classic script that runs before the module of a page: reports errors nobody caught, violations of the content security
 * policy, resources that do not load, and what is written with `console.error`.
 */
export const watchSource = `
const report = (kind, text) => void fetch('/error', { method: 'POST', body: JSON.stringify({ kind, text }) })
const textOf = (error) => (error instanceof Error ? error.stack || error.message : String(error))
addEventListener('error', ({ error, message, target }) => {
  if (error || message) report('uncaught', error ? textOf(error) : message)
  else report('uncaught', 'could not load ' + (target?.src || target?.href))
}, true)
addEventListener('unhandledrejection', ({ reason }) => report('uncaught', 'unhandled rejection: ' + textOf(reason)))
addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
  report('policy', violatedDirective + ' forbids ' + blockedURI))
const write = console.error
console.error = (...parts) => {
  write.apply(console, parts)
  report('console', parts.map(textOf).join(' '))
}
`
