import type { Backend, StepAttempt } from 'openworkflow/internal'
import pLimit from 'p-limit'
import { createRests, jsonParts, parsed, restAfter } from '../../lib/large-json.ts'
import { logFailure } from '../../log.ts'
import { startThread } from '../../threads.ts'
import type { Claim, Handover, StoredRecord } from './own-operations.ts'
import type { Carrying, ResultPlace, ResultsOf } from './run-texts.ts'

/** openworkflow's SQLite store in a thread of its own (thread.ts), with what we need besides. */
export type ThreadBackend = Backend & {
  /** What the steps of a run left, in the order in which they began. */
  records(engineRunId: string): Promise<StoredRecord[]>
  /** Keeps what a run came to, as JSON in parts. */
  keepOutput(execution: string, parts: readonly string[]): Promise<void>
  /** @returns as JSON; null where nothing was kept. */
  output(execution: string): Promise<string | null>
  /** Where an execution's results are, in order. */
  resultPlaces(of: ResultsOf): Promise<ResultPlace[]>
  /** Has an execution take some results over. */
  carry(carrying: Carrying): Promise<void>
  /** What an execution takes over ends before this position. */
  endCarried(end: Pick<Carrying, 'execution' | 'position'>): Promise<void>
  /** What an execution took over, as JSON. */
  carried(execution: string): Promise<string[]>
  /** All executions that have taken something over. */
  carriers(): Promise<string[]>
  /** Writes a little. Rejects where the file cannot be written to. */
  probe(): Promise<void>
  /** Writes a copy of the file; `to` is not there yet. */
  copyTo(to: string): Promise<void>
  /** Gives back the runs that are claimed, but for these: they can be claimed at once. */
  freeRuns(held: readonly string[]): Promise<void>
  /** Deletes some of what the runs under these idempotency keys left. @returns how many of the keys are done. */
  forgetSome(idempotencyKeys: readonly string[]): Promise<number>
  /** Claims the next run for a worker. @returns null where none is ready. */
  claimNext(claim: Claim): Promise<string | null>
  /** Hands a claimed run to a worker. @returns whether it is claimed still. */
  handOver(handover: Handover): Promise<boolean>
}

/** The thread is gone, by an error of its own; what it did is on disk, and the next process goes on with it. */
export class ThreadEnded extends Error {
  constructor() {
    super('the thread of the engine has ended')
    this.name = 'ThreadEnded'
  }
}

/** The file, and whether each commit waits until it is on disk. */
export type Opening = { path: string; syncs: boolean }

export type Completion = Parameters<Backend['completeStepAttempt']>[0]
export type PageOfSteps = Parameters<Backend['listStepAttempts']>[0]
export type StepPage = Awaited<ReturnType<Backend['listStepAttempts']>>

export type ThreadCall = { id: number; method: string; params: unknown }
/** A call, or before it a part of the text that goes with it. */
export type ThreadMessage = ThreadCall | { id: number; part: string }
/**
 * An answer, or before it one of the texts that go with it: a text by itself comes as it is, where one inside a list is
 * copied, which takes our loop 20 ms for 10 MiB. `code` is SQLite's, where the error is.
 */
export type ThreadAnswer =
  | { id: number; text: string }
  | { id: number; value: unknown }
  | { id: number; error: string; code?: string | undefined }

/**
 * The thread works on one call at a time, and one may wait for it. Many would be answered in one turn of our loop,
 * with all that the runs do next, and no request served meanwhile: with 64 the p99 of key checks beside fifty runs
 * is half as high again (`bun run bench runs`).
 */
const CALLS_AT_ONCE = 2

/**
 * Starts the thread and opens the file, which is made where it is not there.
 * @param onFailure told of each call that failed, beside who called, and of the end of the thread
 * Rejects where it cannot be opened.
 */
export async function connectThread(
  opening: Opening,
  onFailure: (error: Error) => void = ignore,
): Promise<ThreadBackend> {
  const thread = startThread('engine')
  const waiting = new Map<number, PromiseWithResolvers<Answered>>()
  const texts = new Map<number, string[]>()
  let isEnded = false
  let isStopped = false
  let lastId = 0

  const inTurn = pLimit(CALLS_AT_ONCE)
  const callForTexts = (method: string, params: unknown) => inTurn(() => send(method, params))
  const call = async (method: string, params?: unknown) => (await callForTexts(method, params)).value

  /** @param parts a text that goes with the call, which may be megabytes: others have their turn between them */
  async function send(method: string, params: unknown, parts: readonly string[] = []): Promise<Answered> {
    lastId += 1
    const id = lastId
    for (const part of parts) {
      thread.postMessage({ id, part } satisfies ThreadMessage)
      await restAfter(part.length)
    }
    if (isEnded) throw new ThreadEnded()
    const answer = Promise.withResolvers<Answered>()
    waiting.set(id, answer)
    // Alive for as long as it owes an answer, and no reason to keep the process when it owes none.
    thread.ref()
    thread.postMessage({ id, method, params } satisfies ThreadMessage)
    return answer.promise
  }

  function settle(answer: ThreadAnswer) {
    const { id } = answer
    const before = texts.get(id) ?? []
    if ('text' in answer) {
      before.push(answer.text)
      texts.set(id, before)
      return
    }
    const waiter = waiting.get(id)
    waiting.delete(id)
    texts.delete(id)
    if (waiting.size === 0) thread.unref()
    if (!('error' in answer)) {
      waiter?.resolve({ value: answer.value, texts: before })
      return
    }
    const error = Object.assign(new Error(answer.error), { code: answer.code })
    onFailure(error)
    waiter?.reject(error)
  }

  thread.onmessage = ({ data }: MessageEvent<ThreadAnswer>) => settle(data)
  thread.onerror = ({ message }) => logFailure('the thread of the engine', new Error(message))
  thread.addEventListener('close', () => {
    isEnded = true
    const error = new ThreadEnded()
    if (!isStopped) onFailure(error)
    for (const { reject } of waiting.values()) reject(error)
    waiting.clear()
    texts.clear()
  })

  const operations: Record<string, unknown> = {
    // Outputs come and go as JSON: to clone 10 MiB of small values takes this thread five times as long.
    async completeStepAttempt(params: Completion): Promise<StepAttempt> {
      const parts = await jsonParts(params.output)
      const { value } = await inTurn(() => send('completeStepAttempt', { ...params, output: null }, parts))
      return { ...(value as StepAttempt), output: params.output }
    },
    async listStepAttempts(params: PageOfSteps): Promise<StepPage> {
      const { value, texts } = await callForTexts('listStepAttempts', params)
      const page = value as StepPage
      const data: StepAttempt[] = []
      const rest = createRests()
      for (const [at, attempt] of page.data.entries()) {
        const text = texts[at] ?? null
        data.push({ ...attempt, output: (await parsed(text)) as StepAttempt['output'] })
        await rest(text?.length ?? 0)
      }
      return { ...page, data }
    },
    async records(engineRunId: string): Promise<StoredRecord[]> {
      const { value, texts } = await callForTexts('records', engineRunId)
      return (value as StoredRecord[]).map((record, at) => ({ ...record, output: texts[at] ?? null }))
    },
    async carried(execution: string): Promise<string[]> {
      return (await callForTexts('carried', execution)).texts
    },
    async keepOutput(execution: string, parts: readonly string[]): Promise<void> {
      await inTurn(() => send('keepOutput', execution, parts))
    },
    // A promise is asked for its `then` when it is resolved with an object; a thread has none.
    then: undefined,
    async stop() {
      await call('stop').catch((error) => {
        if (!(error instanceof ThreadEnded)) throw error
      })
      isStopped = true
      thread.terminate()
    },
  }
  await call('open', opening).catch((error) => {
    isStopped = true
    thread.terminate()
    throw error
  })
  return new Proxy(operations, {
    get: (own, method: string) => (method in own ? own[method] : (params: unknown) => call(method, params)),
  }) as unknown as ThreadBackend
}

// --- internal ---

type Answered = { value: unknown; texts: string[] }

function ignore(): void {}
