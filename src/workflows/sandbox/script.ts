import {
  isFail,
  type QuickJSContext,
  type QuickJSHandle,
  type QuickJSWASMModule,
  Scope,
} from 'quickjs-emscripten-core'
import type { Clock } from '../../clock.ts'
import { outputExcess } from '../output-excess.ts'
import { MESSAGE_CHARS_MAX, PRELUDE } from './prelude.ts'
import type { LogLine, SandboxErrorCode } from './sandbox-error.ts'

export type Script = {
  /** JavaScript. */
  code: string
  /** The globals that it gets, as a JSON object. */
  variables: string
  timeoutMs: number
  outputBytesMax: number
}

/** What came of a script; `result` is JSON. */
export type Outcome = { logs: LogLine[] } & (
  | { result: string }
  | { error: { code: SandboxErrorCode; message: string } }
)

/**
 * Runs a script in a QuickJS of its own. Its result is what it returns, where it has a `return` (or an `await`)
 * outside of functions, and else the value of its last expression, as in `eval`: code that is no script is read
 * again as the body of an async function. A promise is waited for as long as there is work that may settle it.
 * @param isStopped whether it is to stop, as if its time were over
 * @throws where the engine itself failed; then `quickjs` is not to be used again.
 */
export function runScript(
  quickjs: QuickJSWASMModule,
  script: Script,
  clock: Clock,
  isStopped: () => boolean,
): Outcome {
  /** Before the script itself nothing is interrupted: QuickJS leaves behind what it cannot free then. */
  let deadline: number | null = null
  let expired = false
  const isExpired = () => {
    expired ||= deadline !== null && (clock.elapsed() >= deadline || isStopped())
    return expired
  }
  const console = createConsole()
  const runtime = quickjs.newRuntime({
    memoryLimitBytes: MEMORY_BYTES_MAX,
    maxStackSizeBytes: STACK_BYTES_MAX,
    interruptHandler: isExpired,
  })
  const context = runtime.newContext()
  const scope = new Scope()
  let describe: QuickJSHandle | undefined
  let ending: Outcome | Failure
  try {
    ending = { result: evaluate(), logs: console.lines }
  } catch (error) {
    // Nothing is freed after any other error: it would fall over what the engine left behind.
    if (!(error instanceof Failure)) throw error
    ending = error
  }
  scope.dispose()
  context.dispose()
  runtime.dispose()
  if (!(ending instanceof Failure)) return ending
  return { error: { code: ending.code, message: ending.message }, logs: console.lines }

  function evaluate(): string {
    const write = context.newFunction('write', (level, message) => console.write(context, level, message))
    const setUp = take(context.evalCode(PRELUDE, 'prelude'))
    const prelude = call(setUp, scope.manage(write))
    const [stringify, define, run] = [
      own(prelude, 'stringify'),
      own(prelude, 'define'),
      own(prelude, 'evaluate'),
    ]
    describe = own(prelude, 'describe')

    // All texts go in while there is memory for sure: the library does not look whether it got it.
    const code = scope.manage(context.newString(executable(context, script.code)))
    const variables = scope.manage(context.newString(script.variables))
    call(define, variables)
    deadline = clock.elapsed() + script.timeoutMs
    return textOf(call(stringify, settled(call(run, code))))
  }

  function call(callee: QuickJSHandle, argument: QuickJSHandle): QuickJSHandle {
    return take(context.callFunction(callee, context.undefined, argument))
  }

  function own(object: QuickJSHandle, name: string): QuickJSHandle {
    return scope.manage(context.getProp(object, name))
  }

  function take(result: Result): QuickJSHandle {
    if (isFail(result)) throw failure(scope.manage(result.error))
    return scope.manage(result.value)
  }

  /** What an error of the script's says. It is described in there, where its time and memory are bounded. */
  function failure(error: QuickJSHandle): Failure {
    const told = isExpired() ? null : describe && context.callFunction(describe, context.undefined, error)
    if (told && isFail(told)) told.error.dispose()
    if (isExpired()) return new Failure('TIMEOUT', `The script took longer than ${script.timeoutMs} ms`)
    const message = told && !isFail(told) ? context.getString(scope.manage(told.value)) : OUT_OF_MEMORY
    return message === OUT_OF_MEMORY || (message === 'null' && isOutOfMemory(quickjs))
      ? new Failure('OUT_OF_MEMORY', 'The script needs more than 64 MiB of memory')
      : new Failure('SCRIPT', message.slice(0, MESSAGE_CHARS_MAX))
  }

  function settled(value: QuickJSHandle): QuickJSHandle {
    for (;;) {
      const state = context.getPromiseState(value)
      if (state.type === 'fulfilled') return state.notAPromise ? value : scope.manage(state.value)
      if (state.type === 'rejected' || isExpired()) {
        throw failure(state.type === 'rejected' ? scope.manage(state.error) : context.undefined)
      }
      if (!runtime.hasPendingJob()) {
        throw new Failure('SCRIPT', 'Error: the promise that it waits for is never settled')
      }
      const ran = runtime.executePendingJobs(JOBS_AT_ONCE)
      if (isFail(ran)) throw failure(scope.manage(ran.error))
    }
  }

  function textOf(json: QuickJSHandle): string {
    if (context.typeof(json) !== 'string') return 'null'
    const tooLarge = new Failure('TOO_LARGE', `The result is larger than ${script.outputBytesMax} bytes`)
    if ((context.getLength(json) ?? 0) > script.outputBytesMax) throw tooLarge
    const text = context.getString(json)
    if (Buffer.byteLength(text) > script.outputBytesMax) throw tooLarge
    const excess = outputExcess(text)
    if (excess !== null) throw new Failure('TOO_LARGE', `The result ${excess}`)
    return text
  }
}

// --- internal ---

const MEMORY_BYTES_MAX = 64 * 1024 * 1024
const STACK_BYTES_MAX = 512 * 1024

/** A chain of promises is no one job that could be interrupted, so the time is looked at between so many. */
const JOBS_AT_ONCE = 100

const LOG_LINES_MAX = 1000

/** The line that goes beyond it is kept whole, and no line after it. */
const LOG_CHARS_MAX = 64 * 1024

type Result = ReturnType<QuickJSContext['evalCode']>

/** How QuickJS says so. */
const OUT_OF_MEMORY = 'InternalError: out of memory'

/** How a script ended that did not end well. */
class Failure extends Error {
  readonly code: SandboxErrorCode

  constructor(code: SandboxErrorCode, message: string) {
    super(message)
    this.code = code
  }
}

/** Where memory is out, QuickJS cannot make the error that says so either, and throws null. */
function isOutOfMemory(quickjs: QuickJSWASMModule): boolean {
  return quickjs.getWasmMemory().buffer.byteLength > MEMORY_BYTES_MAX
}

/** The code itself, or, where that is no script, a call of an async function with the code as its body. */
function executable(context: QuickJSContext, code: string): string {
  const compiled = context.evalCode(code, 'code', { type: 'global', compileOnly: true })
  const isScript = !isFail(compiled)
  if (isFail(compiled)) compiled.error.dispose()
  else compiled.value.dispose()
  return isScript ? code : `(async function () {\n${code}\n}).call(undefined)`
}

function createConsole() {
  const lines: LogLine[] = []
  let charsLeft = LOG_CHARS_MAX

  let isFull = false

  function write(context: QuickJSContext, level: QuickJSHandle, message: QuickJSHandle): void {
    if (isFull) return
    isFull = lines.length === LOG_LINES_MAX || charsLeft <= 0
    if (isFull) {
      lines.push({ level: 'warn', message: 'Whatever else was written to the console is left out' })
      return
    }
    const text = context.getString(message).slice(0, MESSAGE_CHARS_MAX)
    charsLeft -= text.length
    lines.push({ level: levelOf(context.getString(level)), message: text })
  }

  return { lines, write }
}

function levelOf(name: string): LogLine['level'] {
  return name === 'debug' || name === 'warn' || name === 'error' ? name : 'info'
}
