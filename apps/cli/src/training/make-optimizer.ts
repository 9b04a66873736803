import { Adam, AdamW, type Parameter, type Schedule, schedules, SGD } from 'chainrule'
import type { TrainingChoice } from './training-choice.js'

/** An optimizer together with the course of its learning rate. */
export interface ScheduledOptimizer {
  readonly optimizer: SGD | Adam | AdamW
  readonly schedule: Schedule
}

function makeSchedule({ schedule, lr }: TrainingChoice, steps: number): Schedule {
  switch (schedule) {
    case 'constant':
      return schedules.constant(lr)
    case 'cosine':
      return schedules.cosine(lr, steps)
    case 'one-cycle':
      return schedules.oneCycle(lr, steps)
  }
}

/**
 * The chosen optimizer.
 *
 * @param parameters - what it updates
 * @param choice - which, with which numbers
 * @param steps - of the whole run: where schedules end
 */
export function makeOptimizer(
  parameters: readonly Parameter[],
  choice: TrainingChoice,
  steps: number,
): ScheduledOptimizer {
  const { momentum, weightDecay } = choice
  const schedule = makeSchedule(choice, steps)
  switch (choice.optimizer) {
    case 'sgd':
      return { schedule, optimizer: new SGD(parameters, { lr: schedule, momentum, weightDecay }) }
    case 'adam':
      return { schedule, optimizer: new Adam(parameters, { lr: schedule, weightDecay }) }
    case 'adamw':
      return { schedule, optimizer: new AdamW(parameters, { lr: schedule, weightDecay }) }
  }
}
