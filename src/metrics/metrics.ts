import { version } from '../../package.json'
import type { Keys } from '../keys/keys.ts'
import type { Runs } from '../workflows/runs/runs.ts'
import { createDecisions, type RefusedKey } from './decisions.ts'
import { createDeliveries } from './deliveries.ts'
import { exposition } from './exposition.ts'
import { processFamilies } from './process-facts.ts'
import { createStock } from './stock.ts'
import { createTraffic } from './traffic.ts'

export type Metrics = ReturnType<typeof createMetrics>

/**
 * What an operator graphs: counted in arrays while requests are served, and written down when somebody asks.
 * @param parts `onRefusedKey`: told of each request without a good key
 */
export function createMetrics(parts: {
  keys: Pick<Keys, 'countByStatus'>
  runs: Pick<Runs, 'countByStatus'>
  onRefusedKey?: (refused: RefusedKey) => void
}) {
  const traffic = createTraffic()
  const decisions = createDecisions(parts.onRefusedKey)
  const deliveries = createDeliveries()
  const stock = createStock(parts)

  return {
    kind: traffic.kind,
    counted: decisions.counted,
    countDelivery: deliveries.count,

    /** @returns all of it, as Prometheus reads it. Rejects where the database cannot be asked. */
    async text(): Promise<string> {
      const stocked = await stock()
      return exposition([
        ...traffic.families(),
        ...decisions.families(),
        ...deliveries.families(),
        ...stocked,
        BUILD,
        ...processFamilies(),
      ])
    },
  }
}

// --- internal ---

const BUILD = {
  name: 'keyward_build_info',
  help: 'Which program this is.',
  type: 'gauge' as const,
  samples: [{ labels: { version, bun: Bun.version }, value: 1 }],
}
