import type { Sandbox, SandboxResult } from '../sandbox/sandbox.ts'
import { type LogLine, SandboxError } from '../sandbox/sandbox-error.ts'
import { OversizeError } from './output-bounds.ts'
import { StepError, type StepWork } from './step-work.ts'

/** workflows/README.md, "Requests and code": sandbox { timeoutMs ≤ 30000, maxOutputSize ≤ 10 MiB }. */
export const SCRIPT_TIMEOUT_MS_MAX = 30_000
export const SCRIPT_OUTPUT_BYTES_MAX = 10 * 1024 * 1024

/** How long a script may take that does not say; the vendor's is not known. */
export const SCRIPT_TIMEOUT_MS_DEFAULT = 5000

export type ScriptLimits = { timeoutMs: number; outputBytesMax: number }

/**
 * Runs the code of a step. It sees what templates see, but for the secrets, which reach it only where the step's
 * `input` names them; its `input` is the step's, or else the run's. What it writes to its console goes into the
 * run's log.
 * @throws StepError TIMEOUT, or STEP_ERROR with the script's own error.
 */
export async function runStepScript(
  sandbox: Sandbox,
  work: StepWork,
  code: string,
  limits: ScriptLimits,
): Promise<SandboxResult> {
  const { secrets: _, ...seen } = work.context
  const input = work.config.input === undefined ? seen.input : work.config.input
  const language = work.config.language === 'typescript' ? 'typescript' : 'javascript'
  const variables = { ...seen, input }
  try {
    const { accountId: owner, signal } = work
    const { result, logs } = await sandbox.run({ owner, code, language, variables, ...limits, signal })
    return { result, logs: await logged(logs, work) }
  } catch (error) {
    if (!(error instanceof SandboxError)) throw error
    await logged(error.logs, work)
    if (error.code === 'TOO_LARGE') throw new OversizeError(error.message)
    throw new StepError(error.code === 'TIMEOUT' ? 'TIMEOUT' : 'STEP_ERROR', error.message)
  }
}

// --- internal ---

const LINE_CHARS_MAX = 64 * 1024

/** Writes the lines of a script's console into the run's log. @returns them as they are there. */
async function logged(lines: readonly LogLine[], work: StepWork): Promise<LogLine[]> {
  const written: LogLine[] = []
  for (const { level, message } of lines) {
    written.push({ level, message: await work.shortened(message, LINE_CHARS_MAX) })
  }
  for (const { level, message } of written) work.log(level, message)
  return written
}
