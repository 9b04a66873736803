import { Converter, ReflectionKind } from 'typedoc'

/**
 * A TypeDoc plugin: a property whose type was derived from a function, the method `a.sum()` from `sum(a)`, carries the
 * function's documentation. Parameters that only the function has are left out of it.
 */
export function load(application) {
  application.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const { comment, type } of project.getReflectionsByKind(ReflectionKind.Property)) {
      if (!comment || type?.type !== 'reflection' || !type.declaration.signatures) continue
      const names = new Set(
        type.declaration.signatures.flatMap(({ parameters }) => parameters?.map(({ name }) => name)),
      )
      comment.blockTags = comment.blockTags.filter(({ tag, name }) => tag !== '@param' || names.has(name))
    }
  })
}
