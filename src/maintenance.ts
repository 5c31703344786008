import type { Clock } from './clock.ts'
import type { LostFiles } from './data-folder/lost-files.ts'
import type { Journal } from './db/journal.ts'
import type { LockWait } from './db/lock-wait.ts'
import { type Db, withoutWaiting } from './db/open.ts'
import type { Keys } from './keys/keys.ts'
import { DAY_MS, MINUTE_MS, SECOND_MS } from './lib/duration.ts'
import { type Limits, sweepLimits } from './limits/limits.ts'
import type { WindowStore } from './limits/store.ts'
import { logFailure } from './log.ts'
import type { Recorder } from './requests/recorder.ts'
import { createRequestGarbage } from './requests/request-garbage.ts'
import type { ServerLog } from './server-log/server-log.ts'
import type { Retention } from './workflows/retention.ts'
import type { Workflows } from './workflows/workflows.ts'
import type { StrayFiles } from './workfunder/proof-files/stray-files.ts'
import type { Webhooks } from './workfunder/webhooks/webhooks.ts'
import type { Workfunder } from './workfunder/workfunder.ts'

type Parts = {
  db: Db
  /** How often something is looked for does not follow a clock that is driven. */
  hostClock: Clock
  /** Whether somebody drives the clock, and lets happen what comes due. */
  isTimeHeld: () => boolean
  lockWait: LockWait
  journal: Journal
  keys: Keys
  limits: Limits
  windowStore: WindowStore
  recorder: Pick<Recorder, 'answered'>
  lostFiles: LostFiles
  lookForForeignWrites: () => void
  workflows: Workflows
  retention: Retention
  workfunder: Workfunder
  webhooks: Webhooks
  strayFiles: StrayFiles
  serverLog: ServerLog | null
}

/** Work that comes due by the clock. */
export type Job = {
  /** For the log. */
  name: string
  /** How often, in ms. */
  everyMs: number
  /** The first time is at once; else it is one period after the start. */
  isDueAtStart?: boolean
  /** While its promise is pending it is not run again. */
  run: () => void | Promise<void>
}

/**
 * All work that comes due by the clock, in parts: one after the other with requests between them, they hold none for longer
 * than the longest of them takes, some 5 ms.
 * @returns one turn of each part; to be called every 100 ms or so. They never throw, and wait for no other program's lock.
 */
export function createMaintenance(parts: Parts): (() => void)[] {
  const { db, hostClock, lockWait } = parts
  return partsOf(parts).map((jobs) => {
    const turns = jobs.map((job) => createTurn(job, hostClock))
    const takeTurns = () => {
      for (const takeTurn of turns) takeTurn()
    }
    const run = () => withoutWaiting(db, takeTurns)
    const turn = createTurn({ name: 'the background work', everyMs: EVERY_TICK, run }, hostClock)
    return () => {
      // Before, because the turn gives back the wait for locks that it found.
      lockWait.look()
      turn()
    }
  })
}

/**
 * A job that fails, as on a full disk, is tried again when it is due again. It is told of at once, and while it
 * goes on failing for the same reason once a minute, with how often it did.
 * @returns does the job if it is due. Never throws.
 */
export function createTurn({ name, everyMs, isDueAtStart, run }: Job, clock: Clock): () => void {
  let dueAtMs = clock.elapsed() + (isDueAtStart ? 0 : everyMs)
  let isUnderWay = false
  let failure: string | null = null
  let times = 0
  let tellAgainMs = 0

  function succeeded(): void {
    isUnderWay = false
    failure = null
  }

  function failed(error: unknown): void {
    isUnderWay = false
    const isNew = failure !== String(error)
    times = isNew ? 1 : times + 1
    if (!isNew && clock.elapsed() < tellAgainMs) return
    failure = String(error)
    tellAgainMs = clock.elapsed() + MINUTE_MS
    logFailure(times === 1 ? name : `${name}, ${times} times since this was last told`, error, {
      count: times,
    })
    times = 0
  }

  return () => {
    if (isUnderWay || clock.elapsed() < dueAtMs) return
    dueAtMs = clock.elapsed() + everyMs
    try {
      const done = run()
      if (!(done instanceof Promise)) return succeeded()
      isUnderWay = true
      done.then(succeeded, failed)
    } catch (error) {
      failed(error)
    }
  }
}

// --- internal ---

const EVERY_TICK = 0

/** About 2 ms of work, so that no request waits longer. */
const WINDOWS_PER_TICK = 2000

/** In the order in which they have their turn. What is counted is stored all the time, and each of it for itself. */
function partsOf(parts: Parts): Job[][] {
  const jobs = [...ownJobs(parts), ...workflowsJobs(parts), ...workfunderJobs(parts)]
  const garbage = createRequestGarbage(parts.recorder.answered)
  return [
    jobs,
    ...countingJobs(parts),
    [{ name: 'the garbage of requests', everyMs: EVERY_TICK, run: garbage }],
  ]
}

function ownJobs(parts: Parts): Job[] {
  const { keys, limits, lostFiles, lookForForeignWrites, journal, serverLog } = parts
  return [
    { name: 'the look for lost files', everyMs: SECOND_MS, run: lostFiles.look },
    { name: 'the look for foreign writes', everyMs: SECOND_MS, run: lookForForeignWrites },
    { name: 'the log', everyMs: SECOND_MS, run: () => serverLog?.look() },
    { name: 'the journal', everyMs: EVERY_TICK, run: journal.look },
    { name: 'the limits', everyMs: EVERY_TICK, run: () => sweepLimits(limits) },
    { name: 'the storing of revocations', everyMs: EVERY_TICK, run: keys.storeRevocations },
    { name: 'the look for old keys', everyMs: EVERY_TICK, run: keys.lookForOldKeys },
  ]
}

function countingJobs({ hostClock, keys, windowStore }: Parts): Job[][] {
  return [
    [{ name: 'the storing of addresses', everyMs: EVERY_TICK, run: keys.storeDueAddresses }],
    [
      { name: 'the storing of usage', everyMs: EVERY_TICK, run: keys.storeDueUsage },
      { name: 'the pruning of usage', everyMs: SECOND_MS, run: keys.pruneUsage },
    ],
    [
      {
        name: 'the storing of windows',
        everyMs: EVERY_TICK,
        run: () => windowStore.saveSome(WINDOWS_PER_TICK, hostClock.elapsed()),
      },
    ],
  ]
}

function workflowsJobs({ workflows: { runs, schedules }, retention, isTimeHeld }: Parts): Job[] {
  return [
    ...unlessDriven(isTimeHeld, [
      { name: 'the time limits of runs', everyMs: EVERY_TICK, run: runs.endOverdue },
      { name: 'the waits of runs', everyMs: EVERY_TICK, run: runs.deliverDue },
      { name: 'the schedules', everyMs: EVERY_TICK, run: schedules.runDue },
    ]),
    { name: 'the look for runs to take up', everyMs: SECOND_MS, run: runs.lookForWork },
    { name: 'the pruning of runs', everyMs: MINUTE_MS, run: retention.forgetRuns },
    { name: 'the pruning of events', everyMs: MINUTE_MS, run: retention.forgetEvents },
    { name: 'the pruning of calls of mocks', everyMs: MINUTE_MS, run: retention.forgetMockCalls },
  ]
}

function workfunderJobs({ workfunder, webhooks, strayFiles, isTimeHeld }: Parts): Job[] {
  return [
    ...unlessDriven(isTimeHeld, [
      { name: 'the simulation of tasks', everyMs: EVERY_TICK, run: workfunder.sandbox.runDue },
      { name: 'the deadlines of tasks', everyMs: EVERY_TICK, run: workfunder.deadlines.runDue },
      // Its promise ends with the last delivery; what comes due before that is to be sent too.
      { name: 'the delivery of webhooks', everyMs: EVERY_TICK, run: () => void webhooks.deliverDue() },
    ]),
    { name: 'the removal of stray files', everyMs: DAY_MS, isDueAtStart: true, run: strayFiles.remove },
  ]
}

/** Whoever drives the clock lets things come due one by one, in order. */
function unlessDriven(isTimeHeld: () => boolean, jobs: readonly Job[]): Job[] {
  return jobs.map((job) => ({ ...job, run: () => (isTimeHeld() ? undefined : job.run()) }))
}
