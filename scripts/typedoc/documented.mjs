import { Application, ReflectionKind } from 'typedoc'

/**
 * A TypeDoc plugin for what `requiredToBeDocumented` cannot say: every property of an interface whose name ends in
 * `Options` needs documentation of its own, and so does an accessor, once for its getter and setter together.
 */
export function load(application) {
  application.on(Application.EVENT_VALIDATE_PROJECT, (project) => {
    const warn = (reflection, what) => {
      if (reflection.inheritedFrom || reflection.parent?.inheritedFrom) return
      application.logger.validationWarning(`${reflection.getFullName()} is ${what} without documentation`)
    }
    for (const property of project.getReflectionsByKind(ReflectionKind.Property)) {
      const isOption = property.parent?.kindOf(ReflectionKind.Interface) && property.parent.name.endsWith('Options')
      if (isOption && !property.hasComment()) warn(property, 'an option')
    }
    for (const accessor of project.getReflectionsByKind(ReflectionKind.Accessor)) {
      const isDocumented = [accessor, accessor.getSignature, accessor.setSignature].some((part) => part?.hasComment())
      if (!isDocumented) warn(accessor, 'an accessor')
    }
  })
}
