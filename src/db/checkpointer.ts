import { startThread } from '../threads.ts'
import type { CheckpointAnswer, CheckpointOrder } from './checkpoint-thread.ts'

/** The thread that writes the journal back, as the main thread sees it. */
export type Checkpointer = {
  /** @returns whether all that was in the journal when it began is on disk in the database. Rejects with SQLite's error. */
  checkpoint(): Promise<boolean>
  /** Closes its connection and ends it. Never rejects. */
  end(): Promise<void>
}

/**
 * Starts the thread and opens the database there. Rejects where it cannot be opened, or there are too few files for a
 * thread.
 * @param onEnd told when the thread is gone, for whatever reason
 */
export async function startCheckpointer(path: string, onEnd: () => void): Promise<Checkpointer> {
  const thread = startThread('checkpoint')
  let last: Promise<unknown> = Promise.resolve()
  let waiting: PromiseWithResolvers<CheckpointAnswer> | null = null
  let isGone = false

  thread.unref()
  thread.onmessage = ({ data }: MessageEvent<CheckpointAnswer>) => waiting?.resolve(data)
  thread.onerror = ({ message }) => waiting?.reject(new Error(message))
  thread.addEventListener('close', () => {
    isGone = true
    waiting?.reject(new Error(GONE))
    onEnd()
  })

  async function send(order: CheckpointOrder): Promise<boolean> {
    if (isGone) throw new Error(GONE)
    waiting = Promise.withResolvers<CheckpointAnswer>()
    thread.postMessage(order)
    const answer = await waiting.promise
    if ('error' in answer) throw Object.assign(new Error(answer.error), { code: answer.code })
    return answer.isWhole
  }

  /** One order at a time. */
  function call(order: CheckpointOrder): Promise<boolean> {
    const answer = last.then(() => send(order))
    last = answer.catch(() => {})
    return answer
  }

  async function end(): Promise<void> {
    await call({ do: 'close' }).catch(() => {})
    thread.terminate()
  }

  try {
    await call({ do: 'open', path })
  } catch (error) {
    thread.terminate()
    throw error
  }
  return { checkpoint: () => call({ do: 'checkpoint' }), end }
}

// --- internal ---

const GONE = 'the thread that writes the journal back has ended'
