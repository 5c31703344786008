import type { Shares } from './fair-places.ts'
import { createStagedTurns, STOPPED, type Stage, type Turn } from './staged-turns.ts'
import { untilAborted } from './until-aborted.ts'

/** What a thread is sent with an order: the work is to stop when the first number is no longer 0. Shared memory. */
export type Stoppable = { stop: Int32Array }

/** Whether an order is to stop. It costs some ns. */
export function isToStop({ stop }: Stoppable): boolean {
  return Atomics.load(stop, 0) !== 0
}

/** A thread has said nothing in time, and was ended. */
export class ThreadTimeoutError extends Error {
  constructor() {
    super('A thread did not answer in time')
    this.name = 'ThreadTimeoutError'
  }
}

type Parts<Answer> = {
  /** What the threads are together, in the error of what comes after their end: "sandbox". */
  name: string
  /** Starts a thread. Its first message says that it can take orders; each further one is an answer. */
  startThread: (signal: AbortSignal) => Worker | Promise<Worker>
  /** As for createStagedTurns. There are as many threads as places, each from when it is first needed. */
  stages: readonly Stage[]
  last: Shares
  /** How much longer an order that was told to stop may take until its thread is held for hung, in ms. */
  graceMs: number
  /** Whether the answer may be wrong where the order was told to stop. */
  isCutOff: (answer: Answer) => boolean
  /** Whether the thread is to be replaced. */
  isWorn?: (answer: Answer) => boolean
}

export type StagedThreads<Order, Answer> = {
  /**
   * Has a thread carry out an order when it is the owner's turn; it may be stopped and done again from its beginning.
   * @param withinMs how long it may take, from its turn on
   * @throws ThreadTimeoutError, the signal's reason where it was aborted, or what `startThread` throws
   */
  run(owner: string, order: Order, withinMs: number, signal?: AbortSignal): Promise<Answer>
  /** Starts so many threads before there is an order for them. Rejects where one does not start. */
  start(count: number): Promise<void>
  /** Ends the threads; what is running or waiting fails. */
  close(): void
}

/**
 * Threads that owners share by staged-turns.ts, for work on the main thread of which all others would wait. They keep the
 * process alive only while they have something to do.
 */
export function createStagedThreads<Order extends object, Answer>({
  name,
  startThread,
  stages,
  last,
  graceMs,
  isCutOff,
  isWorn = () => false,
}: Parts<Answer>): StagedThreads<Order, Answer> {
  const inTurn = createStagedTurns(stages, last)
  const idle: Worker[] = []
  const closing = new AbortController()

  async function begunThread(signal: AbortSignal): Promise<Worker> {
    const worker = await startThread(signal)
    try {
      await messageOf(worker, STARTS_WITHIN_MS, signal)
      return worker
    } catch (error) {
      worker.terminate()
      throw error
    }
  }

  async function perform(order: Order, withinMs: number, turn: Turn, signal: AbortSignal) {
    signal.throwIfAborted()
    const worker = idle.pop() ?? (await begunThread(signal))
    worker.ref()
    const stop = turn.begin()
    let answer: Answer
    try {
      answer = await answerOf<Answer>(worker, order, withinMs, { stop, graceMs, signal })
    } catch (error) {
      worker.terminate()
      if (stop.aborted && error instanceof ThreadTimeoutError) return STOPPED
      throw error
    }
    if (isWorn(answer) || closing.signal.aborted) worker.terminate()
    else idle.push(worker)
    worker.unref()
    return stop.aborted && isCutOff(answer) ? STOPPED : answer
  }

  return {
    async run(owner, order, withinMs, signal) {
      const either = AbortSignal.any(signal ? [closing.signal, signal] : [closing.signal])
      return untilAborted(
        inTurn(owner, (turn) => perform(order, withinMs, turn, either)),
        either,
      )
    },

    async start(count) {
      const start = async () => {
        const worker = await begunThread(closing.signal)
        worker.unref()
        idle.push(worker)
      }
      await Promise.all(Array.from({ length: count - idle.length }, start))
    },

    close() {
      closing.abort(new Error(`The ${name} is closed`))
      for (const worker of idle.splice(0)) worker.terminate()
    },
  }
}

// --- internal ---

/** A thread takes 0.1 s to start; this is for a machine that is busy. */
const STARTS_WITHIN_MS = 30_000

type Bounds = { stop: AbortSignal; graceMs: number; signal: AbortSignal }

/** @throws where the thread does not answer in time, ends, or the signal aborts */
async function answerOf<Answer>(
  worker: Worker,
  order: object,
  withinMs: number,
  { stop, graceMs, signal }: Bounds,
): Promise<Answer> {
  const stopped = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))
  const tooLate = new AbortController()
  const onStop = () => {
    Atomics.store(stopped, 0, 1)
    grace = setTimeout(() => tooLate.abort(new ThreadTimeoutError()), graceMs)
  }
  let grace: Timer | undefined
  stop.addEventListener('abort', onStop)
  try {
    worker.postMessage({ ...order, stop: stopped } satisfies Stoppable)
    return await messageOf(worker, withinMs, AbortSignal.any([signal, tooLate.signal]))
  } finally {
    stop.removeEventListener('abort', onStop)
    clearTimeout(grace)
  }
}

/** The next thing that a thread says. @throws where it says nothing in time, ends, or the signal aborts */
async function messageOf<Message>(worker: Worker, withinMs: number, signal: AbortSignal): Promise<Message> {
  const { promise, resolve, reject } = Promise.withResolvers<Message>()
  const heard = new AbortController()
  const once = { signal: heard.signal }
  const ended = () => reject(new Error('A thread ended'))
  worker.addEventListener('message', ({ data }: MessageEvent<Message>) => resolve(data), once)
  worker.addEventListener('error', ended, once)
  worker.addEventListener('close', ended, once)
  const timer = setTimeout(() => reject(new ThreadTimeoutError()), withinMs)
  try {
    return await untilAborted(promise, signal)
  } finally {
    clearTimeout(timer)
    heard.abort()
  }
}
