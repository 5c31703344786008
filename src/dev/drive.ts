import { AppError } from '../errors.ts'
import type { Due } from '../lib/due.ts'
import { nextTurn } from '../lib/next-turn.ts'
import { logFailure } from '../log.ts'
import type { DrivenClock } from './driven-clock.ts'
import type { NamedSource } from './due-sources.ts'

/** Something that came due on the way and happened: when, in ms since the Unix epoch, what, and the id of what it happened to. */
export type Fired = Due & { kind: string }

/** Something that goes on, and has not ended in time: a run's step, or a delivery. */
export type UnderWay = { kind: string; id: string }

/** Why an advance ended before its time: so many things have come due, it has taken so long, or something does not end. */
export type Stop = 'events' | 'time' | 'underWay'

/** How far an advance came. */
export type Advanced = {
  fired: Fired[]
  /** In ms since the Unix epoch. */
  nowMs: number
  /** What is left of the way. */
  remainingMs: number
  stopped: Stop | null
  underWay: UnderWay[]
}

export type DriveBounds = {
  /** How many things come due in one advance. */
  eventsMax: number
  /** How long one advance takes, in ms of the host's time. */
  withinMs: number
}

export type DriveParts = DriveBounds & {
  clock: DrivenClock
  /** In the order in which they go at equal times. */
  sources: readonly NamedSource[]
  /** Resolves when all that goes on has ended, or waits for the clock or a person. */
  settled: () => Promise<void>
  underWay: () => UnderWay[]
  /** Forgets what is old by now. */
  tidy: () => Promise<void>
}

/** Between two tries of something that could not happen, in ms. */
const REST_MS = 20

export type Drive = ReturnType<typeof createDrive>

/**
 * Lets time pass at once. At each thing that comes due on the way the clock stands at its time until that has happened, with
 * all that follows from it.
 */
export function createDrive(parts: DriveParts) {
  const { clock, eventsMax, withinMs } = parts
  const closing = new AbortController()
  let underWay: Promise<Advanced> | null = null

  /** The first thing that comes due up to a time; an overdue one is due now. */
  function nextUpTo(untilMs: number): { source: NamedSource; due: Due } | null {
    const now = clock.now()
    let first: { source: NamedSource; due: Due } | null = null
    for (const source of parts.sources) {
      const next = source.next()
      const due = next && { at: Math.max(next.at, now), id: next.id }
      if (due && due.at <= untilMs && (first === null || due.at < first.due.at)) first = { source, due }
    }
    return first
  }

  /** @returns whether it has happened. */
  async function happen({ take, kind }: NamedSource): Promise<boolean> {
    try {
      return await take()
    } catch (error) {
      // An AppError was told of where it was met.
      if (!(error instanceof AppError)) logFailure(`what came due (${kind})`, error)
      return false
    }
  }

  async function settled(): Promise<true> {
    await parts.settled()
    // Many things may come due for which nothing is waited; others have their turn between them.
    await nextTurn()
    return true
  }

  async function passTime(
    toMs: number,
    fired: Fired[],
    patience: Patience,
  ): Promise<'events' | 'late' | null> {
    const isSettled = () => patience.within(settled())
    if (!(await isSettled())) return 'late'
    for (let next = nextUpTo(toMs); next; next = nextUpTo(toMs)) {
      if (fired.length === eventsMax) return 'events'
      if (patience.isOver()) return 'late'
      const { source, due } = next
      clock.leapTo(due.at)
      const isDone = await patience.within(happen(source))
      if (isDone === null) return 'late'
      if (isDone) fired.push({ ...due, kind: source.kind })
      else await patience.within(rest())
      if (!(await isSettled())) return 'late'
    }
    clock.leapTo(toMs)
    return null
  }

  async function pass(targetOf: (nowMs: number) => number): Promise<Advanced> {
    const fired: Fired[] = []
    const patience = createPatience(withinMs, closing.signal)
    clock.hold()
    try {
      const toMs = targetOf(clock.now())
      const end = await passTime(toMs, fired, patience)
      const underWay = end === 'late' ? parts.underWay() : []
      const stopped = end === 'late' ? (underWay.length > 0 ? 'underWay' : 'time') : end
      await patience.within(parts.tidy().catch((error) => logFailure('the pruning after an advance', error)))
      const nowMs = clock.now()
      return { fired, nowMs, remainingMs: toMs - nowMs, stopped, underWay }
    } finally {
      clock.release()
      patience.end()
    }
  }

  return {
    /**
     * Lets time pass.
     * @param targetOf up to when, given what time it is, in ms since the Unix epoch; never before that
     * @throws CONFLICT while another does; what `targetOf` throws
     */
    async advance(targetOf: (nowMs: number) => number): Promise<Advanced> {
      if (underWay) throw new AppError('CONFLICT', 'The clock is being advanced already')
      underWay = pass(targetOf).finally(() => {
        underWay = null
      })
      return underWay
    },

    /** An advance that is under way ends where it is. Never rejects. */
    async close(): Promise<void> {
      closing.abort()
      await underWay?.catch(() => undefined)
    },
  }
}

// --- internal ---

type Patience = ReturnType<typeof createPatience>

/** Waits for so many ms of the host's time in all, and no longer than until `closing` aborts. */
function createPatience(ms: number, closing: AbortSignal) {
  const signal = AbortSignal.any([closing, AbortSignal.timeout(ms)])
  const over = Promise.withResolvers<null>()
  const end = () => over.resolve(null)
  signal.addEventListener('abort', end, { once: true })
  if (signal.aborted) end()
  return {
    isOver: () => signal.aborted,
    /** @returns what the work gives; null where there is no time left for it. */
    within: <T>(work: Promise<T>): Promise<T | null> => Promise.race([work, over.promise]),
    end: () => signal.removeEventListener('abort', end),
  }
}

function rest(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, REST_MS))
}
