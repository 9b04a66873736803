/** What a value has to be: a claim about it, or one form a member. */
export type Form = ((value: unknown) => boolean) | { readonly [name: string]: Form }

/** Whether something has members by name. */
export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * Where a value first departs from a form.
 *
 * @param value - what was read
 * @param form - what it has to be; further members are no fault
 * @param path - names that led to the value
 * @returns the path of the first fault with dots, or undefined where there is none
 */
export function misfit(value: unknown, form: Form, path: readonly string[] = []): string | undefined {
  if (typeof form === 'function') return form(value) ? undefined : path.join('.')
  if (!isRecord(value)) return path.join('.')
  for (const [name, member] of Object.entries(form)) {
    const found = misfit(Object.hasOwn(value, name) ? value[name] : undefined, member, [...path, name])
    if (found !== undefined) return found
  }
  return undefined
}
