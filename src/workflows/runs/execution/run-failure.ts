/** The run cannot go on, whatever its steps' strategies say. */
export class RunFailure extends Error {
  readonly code: string
  constructor(code: string, message: string) {
    super(message)
    this.name = 'RunFailure'
    this.code = code
  }
}
