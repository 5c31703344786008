import { jsonSize } from '../../lib/json-size.ts'
import { parsed, written } from '../../lib/large-json.ts'
import { createStagedThreads, ThreadTimeoutError } from '../../lib/staged-threads.ts'
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
  const threads = createStagedThreads<Order, Answer>({
    name: 'sandbox',
    startThread: startedThread,
    stages: STAGES,
    last: LONG_SCRIPTS,
    graceMs: GRACE_MS,
    // An error of its own comes again.
    isCutOff: (answer) => 'error' in answer,
    isWorn: ({ worn }) => worn,
  })

  return {
    async run(job) {
      const order = await orderOf(job)
      try {
        const answer = await threads.run(job.owner, order, job.timeoutMs + GRACE_MS, job.signal)
        return await resultOf(answer)
      } catch (error) {
        throw error instanceof ThreadTimeoutError ? outOfTime() : error
      }
    },
    start: () => threads.start(THREADS_MAX),
    close: threads.close,
  }
}

// --- internal ---

/**
 * Most scripts take some ms, and one may take 30 s. The first stage is for those: who comes there waits for a quarter of a
 * second at most for each owner that is before it. The second is for those that compute in earnest. Each place is a
 * thread of 20 to 100 MB, from when it is first needed.
 */
const STAGES = [
  { places: 2, reserve: 0, ms: 250 },
  { places: 1, reserve: 0, ms: 1000 },
]

/** Of all others, one owner alone has two. */
const LONG_SCRIPTS = { places: 3, reserve: 1 }

/** As many as there are places. */
const THREADS_MAX = 6

/** How long a script waits for files enough for a thread, and between two looks, in ms. */
const ROOM_WITHIN_MS = 30_000
const ROOM_EVERY_MS = 100

/** Where all files are taken, by connections say, some are free again in a while. */
async function startedThread(signal: AbortSignal): Promise<Worker> {
  for (let triesLeft = ROOM_WITHIN_MS / ROOM_EVERY_MS; ; triesLeft -= 1) {
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

/** How much longer than its script may take, or after it was told to stop, until a thread is held for hung. */
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

function outOfTime(): SandboxError {
  return new SandboxError('TIMEOUT', 'The script did not end in time')
}
