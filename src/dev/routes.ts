import { type Endpoint, tagged } from '../http/endpoint.ts'
import { clockEndpoints } from './clock-endpoints.ts'
import type { AppDev } from './dev.ts'
import { eventEndpoints } from './event-endpoints.ts'
import { faultEndpoints } from './fault-endpoints.ts'
import { requestEndpoints } from './request-endpoints.ts'
import { stateEndpoints } from './state-endpoints.ts'
import type { StateOperations } from './states.ts'

/**
 * The endpoints under /_dev, in the order of the README's sections. Each may be refused by the guard.
 * @param states left out: the data cannot be replaced
 */
export function devEndpoints(dev: AppDev, states?: StateOperations): Endpoint<null>[] {
  return [
    ...tagged('Clock', clockEndpoints(dev)),
    ...tagged('Faults', faultEndpoints(dev)),
    ...tagged('Events', eventEndpoints(dev)),
    ...tagged('Requests', requestEndpoints(dev)),
    ...(states ? tagged('States', stateEndpoints(states)) : []),
  ].map(guarded)
}

// --- internal ---

function guarded(endpoint: Endpoint<null>): Endpoint<null> {
  const { description } = endpoint
  return {
    ...endpoint,
    description: { ...description, refuses: ['FORBIDDEN', ...(description.refuses ?? [])] },
  }
}
