import type { Admissions } from '../../admission.ts'
import { subject } from '../../limits/limiter.ts'
import { type Limits, WEBHOOKS_LIMIT } from '../../limits/limits.ts'

/**
 * As the APIs' admission, for senders without a key: every request counts in its address's window, which all
 * of /webhooks/* share, and whoever is within the limit goes on.
 */
export function createInboundAdmissions({ webhooks }: Limits): Admissions<null> {
  return {
    gate({ category, addressOf }) {
      return (_presented, source) => {
        const window = webhooks.take(subject(addressOf(source)), WEBHOOKS_LIMIT)
        if (!window.admitted)
          return { key: null, holder: null, refusal: 'rate_limited', window, policy: category }
        return { key: null, refusal: null, window, policy: category }
      }
    },
  }
}
