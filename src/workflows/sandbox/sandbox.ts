import { createFairTurns } from '../../lib/fair-turns.ts'
import { jsonSize, parsed, written } from '../../lib/large-json.ts'
import { untilAborted } from '../../lib/until-aborted.ts'
import { startThread } from '../../threads.ts'
import { type LogLine, SandboxError } from './sandbox-error.ts'
import type { Answer, Order } from './thread.ts'

export type SandboxJob = {
  /** Whose code it is: owners share the threads. */
  owner: string
  code: string
  /** javascript where left out. */
  language?: 'javascript' | 'typescript'
  /** The globals of the script, which must be JSON. Those that its code never names are not handed over. */
  variables: Record<string, unknown>
  timeoutMs: number
  /** How large the result may be as JSON. */
  outputBytesMax: number
  signal?: AbortSignal
}

export type SandboxResult = { result: unknown; logs: LogLine[] }

export type Sandbox = {
  /**
   * Runs code that somebody else wrote: alone in a QuickJS, with nothing of the host's but a console. Waits for
   * its turn (fair-turns.ts); the time starts with the turn.
   * @throws SandboxError, or the signal's reason where it was aborted.
   */
  run(job: SandboxJob): Promise<SandboxResult>
  /** Starts the threads before there is a job for them. Rejects where they do not start. */
  start(): Promise<void>
  /** Ends the threads; what is running or waiting fails. */
  close(): void
}

/** Threads start with the first jobs, and keep the process alive only while they have one. */
export function createSandbox(): Sandbox {
  const inTurn = createFairTurns({ places: THREADS_MAX, reserve: THREADS_RESERVE })
  const idle: Worker[] = []
  const closing = new AbortController()

  async function perform(order: Order, signal: AbortSignal): Promise<SandboxResult> {
    signal.throwIfAborted()
    const worker = idle.pop() ?? (await begunThread(signal))
    worker.ref()
    let answer: Answer
    try {
      worker.postMessage(order)
      answer = await messageOf(worker, order.timeoutMs + GRACE_MS, signal)
    } catch (error) {
      worker.terminate()
      throw error
    }
    if (answer.worn || closing.signal.aborted) worker.terminate()
    else idle.push(worker)
    worker.unref()
    return resultOf(answer)
  }

  return {
    async run(job) {
      const signal = AbortSignal.any(job.signal ? [closing.signal, job.signal] : [closing.signal])
      const order = await orderOf(job)
      return untilAborted(
        inTurn(job.owner, () => perform(order, signal)),
        signal,
      )
    },

    async start() {
      const start = async () => {
        const worker = await begunThread(closing.signal)
        worker.unref()
        idle.push(worker)
      }
      await Promise.all(Array.from({ length: THREADS_MAX }, () => inTurn('', start)))
    },

    close() {
      closing.abort(new Error('The sandbox is closed'))
      for (const worker of idle.splice(0)) worker.terminate()
    },
  }
}

// --- internal ---

/**
 * One owner alone has two threads at most, and a script may take 30 s: endless scripts of two owners leave one
 * for a third. A thread has 20 to 100 MB.
 */
const THREADS_MAX = 4
const THREADS_RESERVE = 2

/** A thread takes 0.1 s to start; this is for a machine that is busy. */
const STARTS_WITHIN_MS = 30_000

/** Between two looks whether there are files enough for a thread, in ms. */
const ROOM_EVERY_MS = 100

/** A thread that can take orders. @throws where it does not start in time, or the signal aborts. */
async function begunThread(signal: AbortSignal): Promise<Worker> {
  const worker = await startedThread(signal)
  try {
    await messageOf(worker, STARTS_WITHIN_MS, signal)
    return worker
  } catch (error) {
    worker.terminate()
    throw error
  }
}

/** Where all files are taken, by connections say, some are free again in a while. */
async function startedThread(signal: AbortSignal): Promise<Worker> {
  for (let triesLeft = STARTS_WITHIN_MS / ROOM_EVERY_MS; ; triesLeft -= 1) {
    try {
      return startThread('sandbox')
    } catch {
      if (triesLeft <= 0) {
        throw new SandboxError('TIMEOUT', 'The script could not be started: too many files are open')
      }
    }
    await untilAborted(Bun.sleep(ROOM_EVERY_MS), signal)
  }
}

/** How much longer than its script may take, until a thread is held for hung. */
const GRACE_MS = 1000

/** Code and variables together: a quarter of the script's memory, of which their values take several times that. */
const INPUT_BYTES_MAX = 16 * 1024 * 1024

/** Rejects with TOO_LARGE; what is far too large is not written first. */
async function orderOf(job: SandboxJob): Promise<Order> {
  const { code, language = 'javascript', variables, timeoutMs, outputBytesMax } = job
  const named = Object.fromEntries(Object.entries(variables).filter(([name]) => code.includes(name)))
  // The size is told about, and may be twice what is written.
  if (jsonSize(named) > 2 * INPUT_BYTES_MAX) throw tooLarge()
  const json = await written(named)
  if (Buffer.byteLength(code) + Buffer.byteLength(json) > INPUT_BYTES_MAX) throw tooLarge()
  return { code, language, variables: json, timeoutMs, outputBytesMax }
}

function tooLarge(): SandboxError {
  return new SandboxError('TOO_LARGE', 'The code and what it reads are larger than 16 MiB')
}

async function resultOf(answer: Answer): Promise<SandboxResult> {
  if ('error' in answer) throw new SandboxError(answer.error.code, answer.error.message, answer.logs)
  return { result: await parsed(answer.result), logs: answer.logs }
}

/** The next thing that a thread says. @throws where it says nothing in time, ends, or the signal aborts. */
async function messageOf(worker: Worker, withinMs: number, signal: AbortSignal): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>()
  const heard = new AbortController()
  const once = { signal: heard.signal }
  const ended = () => reject(new Error('A thread of the sandbox ended'))
  worker.addEventListener('message', ({ data }: MessageEvent<Answer>) => resolve(data), once)
  worker.addEventListener('error', ended, once)
  worker.addEventListener('close', ended, once)
  const outOfTime = setTimeout(
    () => reject(new SandboxError('TIMEOUT', 'The script did not end in time')),
    withinMs,
  )
  try {
    return await untilAborted(promise, signal)
  } finally {
    clearTimeout(outOfTime)
    heard.abort()
  }
}
