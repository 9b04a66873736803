import fc from 'fast-check'

/**
 * Property tests draw the same cases in every run, so that a change is judged by what it changes. `PROPERTY_SEED` names
 * other cases: a number, or `random`.
 */
const asked = process.env['PROPERTY_SEED'] ?? '1'
if (asked !== 'random') {
  const seed = Number(asked)
  if (!Number.isInteger(seed)) throw new Error(`PROPERTY_SEED is an integer or "random", not "${asked}".`)
  fc.configureGlobal({ seed })
}
