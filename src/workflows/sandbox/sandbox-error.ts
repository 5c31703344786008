export type LogLine = { level: 'debug' | 'info' | 'warn' | 'error'; message: string }

/**
 * TIMEOUT: the script took too long · OUT_OF_MEMORY · SCRIPT: it failed, and the message is its own error ·
 * TOO_LARGE: the code, what it was given or what it gave back.
 */
export type SandboxErrorCode = 'TIMEOUT' | 'OUT_OF_MEMORY' | 'SCRIPT' | 'TOO_LARGE'

/** A script that did not end well. The message goes to whoever wrote it. */
export class SandboxError extends Error {
  readonly code: SandboxErrorCode
  /** What the script had written to its console, as far as that is known. */
  readonly logs: readonly LogLine[]

  constructor(code: SandboxErrorCode, message: string, logs: readonly LogLine[] = []) {
    super(message)
    this.name = 'SandboxError'
    this.code = code
    this.logs = logs
  }
}
