import type { Admission, Admissions, Category, Refusal } from '../admission.ts'
import type { Family } from './exposition.ts'

/** A request that came without a key that is good. */
export type RefusedKey = { api: string; refusal: Refusal; address: string }

export type Decisions = ReturnType<typeof createDecisions>

/** What became of the keys that were presented, and what the limits said. */
/** @param onRefusedKey told of each request without a good key */
export function createDecisions(onRefusedKey?: (refused: RefusedKey) => void) {
  const checks = new Map<string, Counts>()
  const takes = new Map<string, Counts>()

  return {
    /** Puts the counting around an API's admission. @param api its name in the metrics */
    counted<Key>(api: string, admissions: Admissions<Key>): Admissions<Key> {
      return {
        gate(spec) {
          const gate = admissions.gate(spec)
          const ofKeys = KEYLESS.includes(spec.category) ? null : countsOf(checks, api, OUTCOMES)
          const ofKeyWindow = countsOf(takes, spec.category, DECISIONS)
          const ofAddressWindow = countsOf(takes, ADDRESS_POLICY, DECISIONS)

          function count(
            admission: Admission<Key>,
            source: Parameters<typeof spec.addressOf>[0],
          ): Admission<Key> {
            const { policy, window, refusal } = admission
            if (ofKeys) add(ofKeys, outcomeOf(admission))
            add(policy === ADDRESS_POLICY ? ofAddressWindow : ofKeyWindow, window.admitted ? 0 : 1)
            if (onRefusedKey && refusal !== null && policy === ADDRESS_POLICY) {
              onRefusedKey({ api, refusal, address: spec.addressOf(source) })
            }
            return admission
          }

          return (presented, source) => {
            const admission = gate(presented, source)
            return admission instanceof Promise
              ? admission.then((settled) => count(settled, source))
              : count(admission, source)
          }
        },
      }
    },

    families: (): Family[] => [
      {
        name: 'keyward_key_checks_total',
        help: 'Keys checked, by API and outcome; missing: there was none, throttled: the address was out of attempts.',
        type: 'counter',
        samples: samplesOf(checks, 'api', 'outcome', OUTCOMES),
      },
      {
        name: 'keyward_limit_decisions_total',
        help: 'Decisions of the rate limits, by policy.',
        type: 'counter',
        samples: samplesOf(takes, 'policy', 'decision', DECISIONS),
      },
    ],
  }
}

// --- internal ---

type Counts = Float64Array

const OUTCOMES = ['valid', 'missing', 'invalid', 'revoked', 'throttled', 'busy'] as const
const DECISIONS = ['admitted', 'refused'] as const

/** The window of a client's address, which stands for whoever has no valid key. */
const ADDRESS_POLICY = 'address'

/** Whose requests come without a key. */
const KEYLESS: Category[] = ['webhooks']

/** The place of an admission's outcome in OUTCOMES. */
function outcomeOf({ refusal, policy }: Admission<unknown>): number {
  if (policy !== ADDRESS_POLICY || refusal === null || refusal === 'forbidden') return 0
  return OUTCOMES.indexOf(refusal === 'rate_limited' ? 'throttled' : refusal)
}

function add(counts: Counts, place: number): void {
  counts[place] = (counts[place] ?? 0) + 1
}

function countsOf(all: Map<string, Counts>, name: string, words: readonly string[]): Counts {
  const counts = all.get(name) ?? new Float64Array(words.length)
  all.set(name, counts)
  return counts
}

function samplesOf(all: Map<string, Counts>, nameLabel: string, wordLabel: string, words: readonly string[]) {
  return [...all].flatMap(([name, counts]) =>
    words.map((word, i) => ({ labels: { [nameLabel]: name, [wordLabel]: word }, value: counts[i] ?? 0 })),
  )
}
