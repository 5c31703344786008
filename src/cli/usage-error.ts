/** The command line itself is wrong, before anything was tried: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}
