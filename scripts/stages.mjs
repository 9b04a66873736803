const seconds = (milliseconds) => `${(milliseconds / 1000).toFixed(1)} s`

/** Runs named stages one after the other, says what each does, and how long it took. */
export class Stages {
  #done = []

  /**
   * Runs one stage. It fails by throwing; the ones after it still run, unless they `need` it.
   * @param {string} name
   * @param {string} what one line on what the stage does
   * @param {() => Promise<string | void>} action
   * @param {readonly string[]} need stages that must have passed
   */
  async run(name, what, action, need = []) {
    const missing = need.find((other) => this.#done.some((stage) => stage.name === other && stage.outcome !== 'passed'))
    if (missing !== undefined) {
      console.log(`\n== ${name}: not run, since ${missing} did not pass`)
      this.#done.push({ name, outcome: 'not run', milliseconds: 0 })
      return
    }
    console.log(`\n== ${name}: ${what}`)
    const start = performance.now()
    let outcome = 'passed'
    try {
      const remark = await action()
      if (remark) console.log(remark)
    } catch (error) {
      outcome = 'FAILED'
      console.error(`${name} failed: ${error.message}`)
    }
    const milliseconds = performance.now() - start
    console.log(`== ${name}: ${outcome} in ${seconds(milliseconds)}`)
    this.#done.push({ name, outcome, milliseconds })
  }

  /** Prints the table of stages and sets the exit code. */
  report() {
    console.log('\nstage       time      outcome')
    for (const { name, outcome, milliseconds } of this.#done)
      console.log(`${name.padEnd(12)}${seconds(milliseconds).padEnd(10)}${outcome}`)
    if (this.#done.some((stage) => stage.outcome !== 'passed')) process.exitCode = 1
  }

  /** True while no stage has failed. */
  get passed() {
    return this.#done.every((stage) => stage.outcome === 'passed')
  }
}

/** Throws where a program ended with another code than 0. */
export async function succeed(running) {
  const { code, signal } = await running
  if (code !== 0) throw new Error(signal ? `ended by ${signal}` : `ended with code ${code}`)
}
