import type { Clock } from '../clock.ts'
import type { Fault } from '../http/fault.ts'
import { fraction } from '../lib/fraction.ts'
import type { Exchange } from '../requests/exchange.ts'
import { pathOf } from '../requests/request-path.ts'
import type { FaultSpec } from './fault-spec.ts'

/** A fault that stands: what was asked for, and how often it has struck. */
export type StandingFault = ReturnType<typeof createFault>

/** How it is going, for whoever has set it. */
export type FaultView = {
  name: string
  match: NonNullable<FaultSpec['match']>
  answer: FaultSpec['answer']
  /** How often it strikes; null: for as long as it stands. */
  times: number | null
  probability: number
  seed: number
  /** How many requests it was for, and how many of them it has struck. */
  matched: number
  struck: number
}

type Parts = {
  name: string
  spec: FaultSpec
  /** Which keys it is for; null: for any, or none. */
  isItsKey: ((id: string) => boolean) | null
  clock: Clock
  /** Waits so many ms of the host's time. */
  wait: (ms: number) => Promise<void>
}

/** Those who were told to wait; the one that was told first is forgotten first. */
const WAITING_MAX = 1000

/** Which of a request's chances is drawn. */
const STRIKES = 0
const JITTERS = 1

export function createFault({ name, spec, isItsKey, clock, wait }: Parts) {
  const { match = {}, answer, times = null, probability = 1, seed = 0 } = spec
  const glob = match.path === undefined ? null : new Bun.Glob(match.path)
  /** By caller: when, elapsed, it may come again. */
  const waiting = new Map<string, number>()
  let matched = 0
  let struck = 0

  function isFor({ kind, method, url, caller }: Exchange): boolean {
    if (match.api !== undefined && match.api !== kind.api) return false
    if (match.method !== undefined && match.method !== method) return false
    // A request for nothing but the head of an answer cannot be cut off (http/fault.ts).
    if (answer.drop !== undefined && method === 'HEAD') return false
    if (glob !== null && !glob.match(pathOf(url))) return false
    return isItsKey === null || (caller?.kind === 'key' && isItsKey(caller.id))
  }

  /** @returns for how many ms more a caller was told to wait; null: it was not, or has waited. */
  function tooEarlyByMs(callerId: string): number | null {
    const until = waiting.get(callerId)
    if (until === undefined) return null
    const leftMs = until - clock.elapsed()
    if (leftMs > 0) return leftMs
    waiting.delete(callerId)
    return null
  }

  function tellToWait(callerId: string, ms: number): void {
    const [first] = waiting.keys()
    if (waiting.size >= WAITING_MAX && first !== undefined) waiting.delete(first)
    waiting.set(callerId, clock.elapsed() + ms)
  }

  function refusalOf(exchange: Exchange, callerId: string): Fault['refusal'] {
    const { status, retryAfter, strict } = answer
    if (status === undefined) return null
    const retryAfterMs = retryAfter === undefined ? null : untilMs(status, retryAfter)
    if (strict) tellToWait(callerId, retryAfterMs ?? exchange.window?.resetInMs ?? 0)
    return { status, retryAfterMs }
  }

  /** In ms. A 429 tells the second that it ends in as well, X-RateLimit-Reset: it is as far from Date as Retry-After says. */
  function untilMs(status: number, seconds: number): number {
    return seconds * 1000 - (status === 429 ? clock.now() % 1000 : 0)
  }

  function latencyMs(): number {
    const { latencyMs = 0, jitterMs = 0 } = answer
    const jitter = jitterMs === 0 ? 0 : (2 * fraction(seed, matched, JITTERS) - 1) * jitterMs
    return Math.max(0, Math.round(latencyMs + jitter))
  }

  return {
    /** @returns null where it does not strike. */
    strike(exchange: Exchange): Fault | null {
      if (!isFor(exchange)) return null
      const callerId = exchange.caller?.id ?? ''
      const earlyMs = tooEarlyByMs(callerId)
      if (earlyMs !== null) return tooEarly(name, earlyMs)
      if (struck === times) return null
      matched += 1
      if (probability < 1 && fraction(seed, matched, STRIKES) >= probability) return null
      struck += 1
      const waitsMs = latencyMs()
      const refusal = refusalOf(exchange, callerId)
      const cut = answer.drop ?? null
      const count = times === null ? '' : `, ${struck} of ${times}`
      return {
        reason: `fault ${name}${count}: ${effects(waitsMs, refusal, cut)}`,
        latency: waitsMs === 0 ? null : wait(waitsMs),
        refusal,
        cut,
      }
    },

    view: (): FaultView => ({ name, match, answer, times, probability, seed, matched, struck }),
  }
}

// --- internal ---

function tooEarly(name: string, earlyMs: number): Fault {
  return {
    reason: `fault ${name}: it came ${(earlyMs / 1000).toFixed(1)} s before it was told to`,
    latency: null,
    refusal: { status: 429, retryAfterMs: earlyMs },
    cut: null,
  }
}

function effects(waitsMs: number, refusal: Fault['refusal'], cut: Fault['cut']): string {
  return [
    ...(waitsMs > 0 ? [`${waitsMs} ms late`] : []),
    ...(refusal ? [`answered ${refusal.status}`] : []),
    ...(cut ? [`cut off ${cut} the work`] : []),
  ].join(', ')
}
