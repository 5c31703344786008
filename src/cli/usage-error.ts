/** The command line itself is wrong, before anything was tried: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
  readonly problems: readonly string[]

  /** @param problems what is wrong with it, all of it, one sentence each. */
  constructor(problems: readonly string[]) {
    super(problems.join('; '))
    this.problems = problems
  }
}
