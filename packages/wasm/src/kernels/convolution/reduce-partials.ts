import { add, countUp, increase, minimum, mul, named, push, quotient, remainder, sub } from '../../assembly/words.js'
import { type Gathering, partialAt } from './gathering.js'

/** Last phase: adds up partial sums in order, and finishes rows of them. */
export const reducePartials = (gathering: Gathering): void => {
  const { builder, run, records, arithmetic, field } = gathering
  const chunk = builder.local('i32')
  countUp(chunk, run.first, run.last, 1, () => {
    builder.scope(() => {
      const group = named(builder, quotient(chunk, field('reduceChunks')))
      const row = named(builder, mul(remainder(chunk, field('reduceChunks')), field('reduceRows')))
      const rows = named(builder, minimum(field('reduceRows'), sub(field('partialRows'), row)))
      const bytes = named(builder, mul(rows, field('partialPitch')))
      const sums = named(builder, add(partialAt(gathering, group, 0), mul(row, field('partialPitch'))))
      const other = named(builder, sums)
      const [partial, at] = [builder.local('i32'), builder.local('i32')]
      countUp(partial, 1, field('partials'), 1, () => {
        increase(other, field('partialBytes'))
        countUp(at, 0, bytes, arithmetic.lanes * arithmetic.itemBytes, () => {
          push(add(sums, at))
          for (const address of [sums, other]) {
            push(add(address, at))
            arithmetic.load(0)
          }
          arithmetic.add()
          arithmetic.store(0)
        })
      })
      const span = builder.local('i32')
      countUp(span, 0, field('spans'), 1, () => {
        gathering.finish([
          records,
          add(run.scratch, field('spareAt')),
          sums,
          field('partialPitch'),
          add(mul(group, field('spans')), span),
          row,
          0,
          rows,
          field('spanColumns'),
        ])
        increase(sums, mul(field('spanColumns'), arithmetic.itemBytes))
      })
    })
  })
}
