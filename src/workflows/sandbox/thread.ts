import variant from '@jitl/quickjs-singlefile-mjs-release-sync'
import { newQuickJSWASMModuleFromVariant, newVariant } from 'quickjs-emscripten-core'
import { createSystemClock } from '../../clock.ts'
import { isToStop, type Stoppable } from '../../lib/staged-threads.ts'
import { type Outcome, runScript, type Script } from './script.ts'

/** A job for a thread. */
export type Order = Script & { language: 'javascript' | 'typescript' }

/** Its answer. `worn`: this thread is to be replaced. */
export type Answer = Outcome & { worn: boolean }

const PAGE_BYTES = 64 * 1024

/**
 * What QuickJS needs to start, and the most it may grow to. This is what bounds a script's memory: built for
 * WebAssembly, QuickJS bounds only single allocations (github.com/justjake/quickjs-emscripten/issues/271).
 */
const MEMORY_BYTES_INITIAL = 16 * 1024 * 1024
const MEMORY_BYTES_MAX = 80 * 1024 * 1024

/** WebAssembly never gives memory back; above this, a new thread is better for the next script. */
const MEMORY_BYTES_KEPT = 32 * 1024 * 1024

const clock = createSystemClock()
const memory = new WebAssembly.Memory({
  initial: MEMORY_BYTES_INITIAL / PAGE_BYTES,
  maximum: MEMORY_BYTES_MAX / PAGE_BYTES,
})
const quickjs = await newQuickJSWASMModuleFromVariant(newVariant(variant, { wasmMemory: memory }))

const stripTypes = new Bun.Transpiler({
  loader: 'ts',
  deadCodeElimination: false,
  // @ts-expect-error: the types know only a map of macros. A macro would run what the script imports in this
  // process; false turns them off, as tried with Bun 1.4.5 (a test holds it to that).
  macro: false,
})

addEventListener('message', ({ data }: MessageEvent<Order & Stoppable>) => postMessage(carryOut(data)))
// The first message: it can take orders.
postMessage('ready')

function carryOut(order: Order & Stoppable): Answer {
  let code: string
  try {
    code = order.language === 'typescript' ? stripTypes.transformSync(order.code) : order.code
  } catch (error) {
    return failed(`SyntaxError: ${syntaxProblem(error)}`, false)
  }
  try {
    // It stops as if its time were over.
    const outcome = runScript(quickjs, { ...order, code }, clock, () => isToStop(order))
    return { ...outcome, worn: memory.buffer.byteLength > MEMORY_BYTES_KEPT }
  } catch (error) {
    // Too deep a nesting is all that is known to bring the engine down.
    const tooDeep = error instanceof RangeError
    const message = tooDeep
      ? 'RangeError: Maximum call stack size exceeded'
      : 'InternalError: the script broke off'
    return failed(message, true)
  }
}

function failed(message: string, worn: boolean): Answer {
  return { error: { code: 'SCRIPT', message }, logs: [], worn }
}

/** The first thing that Bun's transpiler says is wrong; it throws one problem or a list of them. */
function syntaxProblem(error: unknown): string {
  const [first] = error instanceof AggregateError ? error.errors : [error]
  return first instanceof Error ? first.message.slice(0, 1000) : 'this is not TypeScript'
}
