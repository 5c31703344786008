/** A run's own time is up. */
export function outOfTime(): Abort {
  return new Abort('TIMEOUT', 'The run took longer than it may')
}

/** Why a signal around a step aborts: that of its run, or of a parallel. The message is the step's error. */
export class Abort extends Error {
  readonly code: 'CANCELLED' | 'TIMEOUT'
  constructor(code: 'CANCELLED' | 'TIMEOUT', message: string) {
    super(message)
    this.code = code
  }
}
