import type { AttemptOutcome } from '../workfunder/webhooks/courier.ts'
import type { Family } from './exposition.ts'

/** Attempts to deliver webhooks. */
export function createDeliveries() {
  const counts: Record<AttemptOutcome, number> = { delivered: 0, retry: 0, failed: 0 }

  return {
    count(outcome: AttemptOutcome): void {
      counts[outcome] += 1
    },

    families: (): Family[] => [
      {
        name: 'keyward_webhook_deliveries_total',
        help: 'Attempts to deliver a webhook, by outcome; retry: it failed and is made again.',
        type: 'counter',
        samples: Object.entries(counts).map(([outcome, value]) => ({ labels: { outcome }, value })),
      },
    ],
  }
}
