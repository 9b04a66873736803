import { Application, ReflectionKind } from 'typedoc'

/** A TypeDoc plugin: every property of an interface whose name ends in `Options` needs documentation of its own. */
export function load(application) {
  application.on(Application.EVENT_VALIDATE_PROJECT, (project) => {
    for (const property of project.getReflectionsByKind(ReflectionKind.Property)) {
      const { parent } = property
      if (!parent?.kindOf(ReflectionKind.Interface) || !parent.name.endsWith('Options')) continue
      if (property.inheritedFrom || property.hasComment()) continue
      application.logger.validationWarning(`${property.getFullName()} is an option without documentation`)
    }
  })
}
