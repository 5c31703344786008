/** A run's own time is up. */
export function outOfTime(): Abort {
  return new Abort('TIMEOUT', 'The run took longer than it may')
}

/** Why the signal of what is around a step aborts: the run's, a parallel's. The message is the step's error. */
export class Abort extends Error {
  readonly code: 'CANCELLED' | 'TIMEOUT'
  constructor(code: 'CANCELLED' | 'TIMEOUT', message: string) {
    super(message)
    this.code = code
  }
}
