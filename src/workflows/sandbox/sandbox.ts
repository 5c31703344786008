import { jsonSize, parsed, written } from '../../lib/large-json.ts'
import { createStagedTurns, STOPPED, type Turn } from '../../lib/staged-turns.ts'
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
   * its turn (staged-turns.ts); the time starts with the turn. It may be stopped and run again from its beginning,
   * which nobody can see: it reaches nothing outside, and what it said to its console is forgotten with it.
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
  const inTurn = createStagedTurns(STAGES, LONG_SCRIPTS)
  const idle: Worker[] = []
  const closing = new AbortController()

  async function perform(job: Job, turn: Turn, signal: AbortSignal): Promise<SandboxResult | typeof STOPPED> {
    signal.throwIfAborted()
    const worker = idle.pop() ?? (await begunThread(signal))
    worker.ref()
    const stop = turn.begin()
    let answer: Answer
    try {
      answer = await answerOf(worker, job, stop, signal)
    } catch (error) {
      worker.terminate()
      if (stop.aborted && error instanceof SandboxError) return STOPPED
      throw error
    }
    if (answer.worn || closing.signal.aborted) worker.terminate()
    else idle.push(worker)
    worker.unref()
    // An error of its own comes again.
    if (stop.aborted && 'error' in answer) return STOPPED
    return resultOf(answer)
  }

  return {
    async run(job) {
      const signal = AbortSignal.any(job.signal ? [closing.signal, job.signal] : [closing.signal])
      const order = await orderOf(job)
      return untilAborted(
        inTurn(job.owner, (turn) => perform(order, turn, signal)),
        signal,
      )
    },

    async start() {
      const start = async () => {
        const worker = await begunThread(closing.signal)
        worker.unref()
        idle.push(worker)
      }
      await Promise.all(Array.from({ length: THREADS_MAX - idle.length }, start))
    },

    close() {
      closing.abort(new Error('The sandbox is closed'))
      for (const worker of idle.splice(0)) worker.terminate()
    },
  }
}

// --- internal ---

/**
 * Most scripts take some ms, and one may take 30 s. The first stage is for those: who comes there waits for a quarter of a
 * second at most for each owner that is before it. The second is for those that compute in earnest.
 */
const STAGES = [
  { places: 2, reserve: 0, ms: 250 },
  { places: 1, reserve: 0, ms: 1000 },
]

/** Of all others, one owner alone has two. */
const LONG_SCRIPTS = { places: 3, reserve: 1 }

/** As many as there are places in all. A thread has 20 to 100 MB, and starts when it is first needed. */
const THREADS_MAX = 6

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

type Job = Omit<Order, 'stop'>

/** How much longer than its script may take, or after it was told to stop, until a thread is held for hung. */
const GRACE_MS = 1000

/** Code and variables together: a quarter of the script's memory, of which their values take several times that. */
const INPUT_BYTES_MAX = 16 * 1024 * 1024

/** Rejects with TOO_LARGE; what is far too large is not written first. */
async function orderOf(job: SandboxJob): Promise<Job> {
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

/** Has a thread run the script. @throws where it does not answer in time, ends, or the signal aborts. */
async function answerOf(worker: Worker, job: Job, stop: AbortSignal, signal: AbortSignal): Promise<Answer> {
  const stopped = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))
  const tooLate = new AbortController()
  const onStop = () => {
    Atomics.store(stopped, 0, 1)
    grace = setTimeout(() => tooLate.abort(outOfTime()), GRACE_MS)
  }
  let grace: Timer | undefined
  stop.addEventListener('abort', onStop)
  try {
    worker.postMessage({ ...job, stop: stopped })
    return await messageOf(worker, job.timeoutMs + GRACE_MS, AbortSignal.any([signal, tooLate.signal]))
  } finally {
    stop.removeEventListener('abort', onStop)
    clearTimeout(grace)
  }
}

function outOfTime(): SandboxError {
  return new SandboxError('TIMEOUT', 'The script did not end in time')
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
  const timer = setTimeout(() => reject(outOfTime()), withinMs)
  try {
    return await untilAborted(promise, signal)
  } finally {
    clearTimeout(timer)
    heard.abort()
  }
}
