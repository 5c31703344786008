import { existsSync } from 'node:fs'
import type { Clock } from '../../clock.ts'
import { fileIdentity } from '../../lib/file-identity.ts'
import { createRests, parsed } from '../../lib/large-json.ts'
import { isDamaged, storageTrouble } from '../../lib/storage-trouble.ts'
import { createClaims } from './claims.ts'
import { coalesced } from './coalesced.ts'
import type { Execution } from './execution-key.ts'
import { FOREVER } from './forever.ts'
import { CLOSED, createSharedStore, type Phase } from './guarded-backend.ts'
import { historyOf, recordedIn } from './history.ts'
import { createLeases } from './leases.ts'
import { type StoredRecord, WORKFLOW } from './own-operations.ts'
import type { RecordHistory } from './record-history.ts'
import type { RecordReader } from './record-reader.ts'
import type { ResultPlace } from './run-texts.ts'
import { connectThread, type ThreadBackend, ThreadEnded } from './thread-backend.ts'

/** What one execution of a run may do that outlives the process. */
export type DurableSteps = {
  history: RecordHistory
  /** Does the work, and records what it gave; a run that is taken up again gets the record instead. */
  runStep<T>(name: string, work: () => Promise<T>): Promise<T>
  /** Rejects until `signal` was called with this name; the run is then taken up again, with its data here. */
  waitForSignal(name: string): Promise<unknown>
  /** What `runStep` recorded under this name, in this execution or one before; undefined where it has not. */
  recorded(name: string): unknown
  /** All that `runStep` recorded so far, in this execution or one before. */
  allRecorded(): unknown[]
  /** The results that the execution has taken over (`carryOver`). */
  carried(): Promise<unknown[]>
  /** Keeps what the run came to, as JSON in parts: what is large has no place among what our own thread writes. */
  keepOutput(parts: readonly string[]): Promise<void>
  /** Whether nothing can be written any more, here or in the database: the next process takes the run up. */
  isClosed(): boolean
}
/**
 * Does a run's work. Called again, from the start, after a wait or a crash: what `steps.runStep` recorded is not done
 * again. A rejection of `steps` means that this execution is over (parked, or the engine closes), and must be
 * passed on as it is.
 */
export type Execute = (execution: Execution, engineRunId: string, steps: DurableSteps) => Promise<void>

/** What a step of an execution left in the engine: its name, and what it gave where it is done. */
export type DurableRecord = Omit<StoredRecord, 'output'> & {
  output: unknown
  /** When the work began, where this process is at it. */
  startedAt: number | null
}

export type Engine = ReturnType<typeof createEngine>

type Parts = {
  path: string
  /** Whether what a run did is on disk before it goes on; else a power cut takes the last of it. Left out: it is. */
  syncs?: boolean
  clock: Clock
  execute: Execute
  /** Whose run it is: owners share the places (fair-places.ts). */
  ownerOf: (execution: Execution) => string
  /** Told of an execution that the engine has given up, because its own records could not be kept. */
  onAbandoned: (execution: Execution) => void
}

/** Runs that are worked on at once; the others wait their turn. Each may hold a request that takes minutes. */
const RUNS_AT_ONCE = 256
const RUNS_RESERVE = 144

/** Runs of one account alone that are worked on at once. */
export const RUNS_OF_ONE_AT_ONCE = RUNS_AT_ONCE - RUNS_RESERVE

/** Results that one call copies: each call is synced, and one result may be 10 MiB. */
const CARRIED_PER_CALL = 20

/** How long work that is under way may go on when the engine closes, in ms. */
const CLOSE_GRACE_MS = 5000

/**
 * A run that fails for its own reasons is over as `Execute` sees it. A rejection means that our store could not
 * be written to (a full disk), so the run is taken up again, for as long as it takes.
 */
const STORE_TROUBLE = { maximumAttempts: 0, initialInterval: '100ms', maximumInterval: '100s' } as const

/** A step whose record cannot be written is not done again and again: it may be a payment. Its run fails. */
const ONCE = { maximumAttempts: 1 } as const

/**
 * The durable executor: openworkflow on SQLite, its store in a thread. It starts with the first run, so that a
 * server without workflows pays nothing. Waits are signals and not openworkflow's sleeps, because sleeps follow
 * the host's clock and ours may be driven, and because a sleep in one branch ends the others.
 * @param parts `path` is that of runs.db
 */
export function createEngine({ path, syncs = true, clock, execute, ownerOf, onAbandoned }: Parts) {
  let opening: ReturnType<typeof open> | null = null
  const active = new Set<Promise<void>>()
  // By our clock, which openworkflow's own times do not follow.
  const begunAt = new Map<string, number>()
  let phase: Phase = 'open'
  let isOpen = false
  let reader: RecordReader | null = null
  /** What SQLite refused last, until it is known to have passed. */
  let trouble: unknown = null
  let closed: Promise<void> | null = null

  /** Opens the file when it is first needed; where that fails, again with the next need. */
  function opened() {
    opening ??= open().then(
      (parts) => {
        trouble = null
        return parts
      },
      (error) => {
        opening = null
        trouble = error
        throw error
      },
    )
    return opening
  }

  /** Damage stays until somebody has put another file there, and a thread that ended is gone: the server is stopped. */
  async function seeWhetherItPassed(thread: ThreadBackend): Promise<void> {
    if (!storageTrouble(trouble)) return
    await thread.probe()
    trouble = null
  }

  async function open() {
    // Here and not above: a server without workflows need not carry it.
    const { OpenWorkflow } = await import('openworkflow')
    const { openRecordReader } = await import('./record-reader.ts')
    const thread = await connectThread({ path, syncs }, (error) => {
      if (storageTrouble(error) || isDamaged(error) || error instanceof ThreadEnded) trouble = error
    })
    // What is claimed was claimed by a process that died: we are the only one that uses this file.
    await thread.freeRuns([])
    const leases = createLeases(thread)
    const claims = createClaims({ thread, leases, ownerOf, places: RUNS_AT_ONCE, reserve: RUNS_RESERVE })
    const store = createSharedStore({
      thread,
      leases,
      claim: claims.claim,
      phase: () => phase,
      onAbandoned,
      wake,
    })
    const workflows = new OpenWorkflow({ backend: store })
    const workflow = workflows.defineWorkflow<Execution, null>(
      { name: WORKFLOW, retryPolicy: STORE_TROUBLE },
      async ({ input, step, run }) => {
        const history = historyOf(step)
        const steps: DurableSteps = {
          history: recordedIn(history),
          runStep: (name, work) => {
            if (phase !== 'open') throw CLOSED
            return timed(`${run.id}/${name}`, work, (begun) => step.run({ name, retryPolicy: ONCE }, begun))
          },
          async waitForSignal(name) {
            const signal = signalOf(input, name)
            return (await step.waitForSignal({ name, signal, timeout: FOREVER }))?.data
          },
          recorded: (name) => history.findCached(name)?.output,
          allRecorded: () => [...history.cache.values()].map(({ output }) => output),
          carried: () => carriedBy(thread, input),
          keepOutput: (parts) => thread.keepOutput(keyOf(input), parts),
          isClosed: () => phase === 'closed',
        }
        const execution = execute(input, run.id, steps)
        active.add(execution)
        await execution.finally(() => active.delete(execution))
        return null
      },
    )
    reader = openRecordReader(path)
    isOpen = true
    return {
      isInPlace: fileStays(path),
      thread,
      leases,
      claims,
      workflow,
      worker: workflows.newWorker({ concurrency: RUNS_AT_ONCE }),
    }
  }

  /** Keeps when work began for as long as its record may be there and not be done. */
  async function timed<T>(
    key: string,
    work: () => Promise<T>,
    record: (begun: () => Promise<T>) => Promise<T>,
  ): Promise<T> {
    begunAt.set(key, clock.now())
    try {
      return await record(() => {
        begunAt.set(key, clock.now())
        return work()
      })
    } finally {
      begunAt.delete(key)
    }
  }

  /** What is wrong with the file is known to the thread, and told by it. */
  function readable(): RecordReader | null {
    return trouble === null ? reader : null
  }

  function startOf(key: string, before: ReadonlyMap<string, number>): number | null {
    return before.get(key) ?? begunAt.get(key) ?? null
  }

  async function lookForWork(): Promise<void> {
    const { thread, leases, claims, worker } = await opened()
    await seeWhetherItPassed(thread)
    await leases.freeLost()
    claims.reopen()
    await worker.tick()
  }

  /** Looks for work now. Never rejects. */
  const wake = coalesced(async () => {
    if (phase !== 'open') return
    await lookForWork().catch((error) => {
      // What the next process does is no failure.
      if (phase === 'open') throw error
    })
  })

  async function close(graceMs: number): Promise<void> {
    phase = 'closing'
    if (!isOpen) return
    const late = Promise.withResolvers<void>()
    const timer = setTimeout(late.resolve, graceMs)
    await Promise.race([Promise.allSettled(active), late.promise])
    clearTimeout(timer)
    phase = 'closed'
    // First: whoever closes the file last takes its WAL in.
    reader?.close()
    const { thread } = await opened()
    await thread.stop()
  }

  return {
    /**
     * Takes the execution on; again: does nothing. Resolves when it is on disk. Rejects where the file is no longer in its
     * place: what is written to it then is lost with it.
     */
    async start(execution: Execution): Promise<void> {
      const { workflow, isInPlace } = await opened()
      if (!isInPlace()) throw new Error('The file of the runs is no longer in its place')
      await workflow.run(execution, { idempotencyKey: keyOf(execution) })
      void wake()
    },

    /**
     * Lets `steps.waitForSignal(name)` resolve. Again: does nothing.
     * @returns false where the execution does not wait for it (yet), and the signal has to be sent again.
     */
    async signal(execution: Execution, name: string, data: unknown): Promise<boolean> {
      const { thread } = await opened()
      const signal = signalOf(execution, name)
      const json = JSON.parse(JSON.stringify(data))
      const { workflowRunIds } = await thread.sendSignal({ signal, data: json, idempotencyKey: signal })
      void wake()
      return workflowRunIds.length > 0
    },

    /** Ends an execution that nobody works on; one that is worked on sees for itself. */
    async cancel(engineRunId: string): Promise<void> {
      const { thread } = await opened()
      await thread.cancelWorkflowRun({ workflowRunId: engineRunId }).catch(() => undefined)
    },

    /** Whether the engine will do nothing more for it, though it may not be done. */
    async isOver(engineRunId: string): Promise<boolean> {
      const { thread } = await opened()
      const run = await thread.getWorkflowRun({ workflowRunId: engineRunId })
      return run === null || ['completed', 'succeeded', 'failed', 'canceled'].includes(run.status)
    },

    /** What the execution's steps left, in the order in which they began. */
    async records(engineRunId: string): Promise<DurableRecord[]> {
      const { thread } = await opened()
      // What ends while the store is asked is not done in its answer.
      const before = new Map(begunAt)
      const records: DurableRecord[] = []
      const rest = createRests()
      for (const { name, isDone, output } of await thread.records(engineRunId)) {
        const startedAt = startOf(`${engineRunId}/${name}`, before)
        records.push({ name, isDone, startedAt, output: await parsed(output) })
        await rest(output?.length ?? 0)
      }
      return records
    },

    /**
     * As `records`, at once and without the thread: while `version` is the same, so is this.
     * @returns null where they cannot be had so, or one is not done: whether it has begun is known when the thread has told
     */
    doneRecords(engineRunId: string): DurableRecord[] | null {
      const stored = readable()?.smallRecords(engineRunId)
      if (!stored?.every(({ isDone }) => isDone)) return null
      return stored.map(({ output, ...record }) => ({
        ...record,
        startedAt: null,
        output: output === null ? null : JSON.parse(output),
      }))
    },

    /** @returns the same number as before where nothing was written to the file since; null where that is not known. */
    version: (): number | null => readable()?.version() ?? null,

    /** What was kept of what the execution came to, as JSON; null: nothing. */
    async output(execution: Execution): Promise<string | null> {
      const { thread } = await opened()
      return thread.output(keyOf(execution))
    },

    /** The results that the execution has taken over. */
    carried: async (execution: Execution): Promise<unknown[]> =>
      carriedBy((await opened()).thread, execution),

    /** Where the results of an execution are, in order: what it took over, and what its own steps have left. */
    async resultPlaces(execution: Execution, engineRunId: string | null): Promise<ResultPlace[]> {
      const { thread } = await opened()
      return thread.resultPlaces({ execution: keyOf(execution), engineRunId })
    },

    /**
     * Has an execution take results over, before it is started; they are not read here. Instead of what it had taken over,
     * so without any it has none.
     */
    async carryOver(places: readonly ResultPlace[], to: Execution): Promise<void> {
      const { thread } = await opened()
      const execution = keyOf(to)
      for (let position = 0; position < places.length; position += CARRIED_PER_CALL) {
        const some = places.slice(position, position + CARRIED_PER_CALL)
        await thread.carry({ execution, position, places: some })
      }
      await thread.endCarried({ execution, position: places.length })
    },

    /** The executions that have taken results over, those that were never started among them. */
    async carriers(): Promise<Execution[]> {
      const { thread } = await opened()
      return (await thread.carriers()).map(executionOfKey)
    },

    /**
     * Deletes what these executions left, in slices between which the thread does what else there is to do.
     * @returns whether all is deleted; not where the engine closes meanwhile.
     */
    async forget(executions: readonly Execution[]): Promise<boolean> {
      const { thread } = await opened()
      let keys = executions.map(keyOf)
      while (keys.length > 0 && phase === 'open') keys = keys.slice(await thread.forgetSome(keys))
      return keys.length === 0
    },

    /** Whether the file can be written to, as far as is known. */
    isReady: (): boolean => trouble === null,

    /** Whether there is a file: an engine has been here before. */
    hasFile: (): boolean => existsSync(path),

    /** @returns writes a copy of the file as it is at the call, once what was asked of it before is done; null: there is none. */
    async copier(): Promise<((to: string) => Promise<void>) | null> {
      if (!isOpen && !existsSync(path)) return null
      const { thread } = await opened()
      return thread.copyTo
    },

    wake,

    /** How many executions are under way, when all that are ready and have a place have begun. */
    async underWay(): Promise<number> {
      if (opening === null) return 0
      const { leases, claims } = await opened()
      await wake()
      return leases.count() - claims.waiting()
    },

    /** Resolves when the next execution is over, or parked; never, where there is no engine yet. */
    async nextEnd(): Promise<void> {
      if (opening === null) return new Promise(() => undefined)
      const { leases } = await opened()
      await leases.nextEnd()
    },

    /** Resolves when what was asked of the store before is done. */
    async allWritten(): Promise<void> {
      if (opening === null) return
      const { thread } = await opened()
      await thread.records('')
    },

    /** Starts the thread, before there is a run for it. Rejects where the file cannot be opened. */
    async prepare(): Promise<void> {
      await opened()
    },

    /** Starts the thread and takes up what the last process left. */
    async resume(): Promise<void> {
      await opened()
      await wake()
    },

    /** Whether it closes, or is closed: what is asked of it then fails. */
    isClosing: () => phase !== 'open',

    /** Begins no step any more, lets those under way end for some seconds, and closes the file; once. */
    close(graceMs = CLOSE_GRACE_MS): Promise<void> {
      closed ??= close(graceMs)
      return closed
    },
  }
}

// --- internal ---

/** @returns whether the file that is there now is still there. */
function fileStays(path: string): () => boolean {
  const was = fileIdentity(path)
  return () => fileIdentity(path) === was
}

async function carriedBy(thread: ThreadBackend, execution: Execution): Promise<unknown[]> {
  const results: unknown[] = []
  const rest = createRests()
  for (const text of await thread.carried(keyOf(execution))) {
    results.push(await parsed(text))
    await rest(text.length)
  }
  return results
}

function keyOf({ runId, attempt }: Execution): string {
  return `${runId}/${attempt}`
}

function executionOfKey(key: string): Execution {
  const at = key.lastIndexOf('/')
  return { runId: key.slice(0, at), attempt: Number(key.slice(at + 1)) }
}

function signalOf(execution: Execution, name: string): string {
  return `${keyOf(execution)}/${name}`
}
