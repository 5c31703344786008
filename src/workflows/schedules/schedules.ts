import type { Clock } from '../../clock.ts'
import type { Db } from '../../db/open.ts'
import { AppError } from '../../errors.ts'
import type { DueSource } from '../../lib/due.ts'
import { DAY_MS, HOUR_MS } from '../../lib/duration.ts'
import { isoTime } from '../../lib/instant.ts'
import { logFailure, logRefusal } from '../../log.ts'
import { nextCronTime } from '../definitions/cron.ts'
import type { Workflow } from '../definitions/definition.ts'
import type { ScheduleTrigger } from '../definitions/trigger.ts'
import type { IsBusy, StartRun } from '../runs/run.ts'
import { createScheduleStore, type DueSchedule } from './schedule-store.ts'

export type Schedules = ReturnType<typeof createSchedules>

type Parts = { db: Db; clock: Clock; hostClock: Clock; startRun: StartRun; isBusy: IsBusy }

/** How many schedules one turn takes up, so that no request waits for them; ten turns a second. */
const STARTS_PER_TURN = 20

/** Between two tries while no run can be started, in ms. */
const REST_MS = 1000

/** Starts active workflows by their schedules. */
export function createSchedules({ db, clock, hostClock, startRun, isBusy }: Parts) {
  const store = createScheduleStore(db)
  let turn: Promise<void> | null = null
  let restUntilMs = 0

  async function take(due: DueSchedule): Promise<void> {
    const now = clock.now()
    const next = nextTime(due.trigger, now, due.nextAt)
    const startedAt = isBusy(due.workflowId, 'schedule') ? null : await start(due, next, now)
    store.advance(due, next, startedAt)
  }

  /** @returns when the run was started; null where it was not. @throws UNAVAILABLE: it is to be started later. */
  async function start(due: DueSchedule, next: number | null, now: number): Promise<number | null> {
    const trigger = {
      type: 'schedule',
      scheduledAt: isoTime(due.nextAt),
      nextRunAt: isoTime(next),
      runCount: due.runCount + 1,
      timestamp: isoTime(now),
      scheduleName: due.name,
    }
    try {
      await startRun({
        accountId: due.accountId,
        workflowId: due.workflowId,
        triggerType: 'schedule',
        trigger,
        input: trigger,
        connectionId: null,
        maxExecutionTimeMs: null,
        idempotencyKey: `schedule:${trigger.scheduledAt}`,
      })
      return now
    } catch (error) {
      if (error instanceof AppError && error.code === 'UNAVAILABLE') throw error
      if (error instanceof AppError) logRefusal(`a scheduled run of workflow ${due.workflowId}`, error)
      else logFailure('the start of a scheduled run', error)
      return null
    }
  }

  async function takeTurn(): Promise<void> {
    if (hostClock.elapsed() < restUntilMs) return
    try {
      for (let taken = 0; taken < STARTS_PER_TURN; taken++) {
        const due = store.nextDue(clock.now())
        if (!due) return
        await take(due)
      }
    } catch (error) {
      restUntilMs = hostClock.elapsed() + REST_MS
      // What is unavailable was told where it was met.
      if (!(error instanceof AppError)) logFailure('the schedules', error)
    }
  }

  return {
    /**
     * Told of each change of a workflow. Its schedule begins anew when it becomes active, or its trigger
     * another; an edit that keeps the trigger keeps the time of the next run. An interval counts from here on,
     * so its first run is one interval later.
     * @param before the workflow as it was
     */
    follow(workflow: Workflow, before: Workflow): void {
      const { status, trigger } = workflow
      const schedule = status === 'active' && trigger.type === 'schedule' ? trigger : null
      const kept = before.status === 'active' && Bun.deepEquals(before.trigger, trigger)
      if (schedule && kept) return
      const now = clock.now()
      const nextAt = schedule && schedule.enabled !== false ? nextTime(schedule, now, now) : null
      if (nextAt === null) store.remove(workflow.id)
      else store.set(workflow, nextAt)
    },

    /**
     * Starts what has come due, a bounded number in one call; a call while another is at work waits for that
     * one. Never rejects: a start that fails is logged, and its schedule goes on; while no run can be started at
     * all, what is due stays due.
     *
     * Missed times (the server was down, the clock was stepped): one run, at once, for all of them, and then
     * on schedule. Overlap: while a scheduled run of the same workflow goes on, a time that comes due is
     * skipped, not queued. A clock that is set back starts nothing twice: the next time stays as it was.
     *
     * The time moves on after the start, which carries a key made of it. So a crash in between loses no run,
     * and starts none twice: the start is asked for again under the same key, which gives the first one's run.
     */
    runDue(): Promise<void> {
      turn ??= takeTurn().finally(() => {
        turn = null
      })
      return turn
    },

    due: {
      next() {
        const first = store.first()
        return first ? { at: first.nextAt, id: first.workflowId } : null
      },
      /** Rejects where no run can be started at all: it stays due. */
      async take() {
        const first = store.first()
        if (first) await take(first)
        return true
      },
    } satisfies DueSource,

    /** Waits for the turn that is at work, so that the database can be closed. */
    settled: (): Promise<void> => turn ?? Promise.resolve(),
  }
}

// --- internal ---

/** Of fixed length, so that a day is 24 hours also where clocks change. */
const UNIT_MS = {
  minutes: 60_000,
  hours: HOUR_MS,
  days: DAY_MS,
  weeks: 7 * DAY_MS,
} as const

/** @param anchorMs a time that an interval counts from; a cron expression needs none. */
function nextTime({ cron, interval, timezone }: ScheduleTrigger, now: number, anchorMs: number) {
  if (cron !== undefined) return nextCronTime(cron, timezone ?? 'UTC', now)
  if (interval === undefined) return null
  const stepMs = interval.value * UNIT_MS[interval.unit]
  return anchorMs + (Math.floor((now - anchorMs) / stepMs) + 1) * stepMs
}
