import type { Clock } from '../clock.ts'
import type { AppDev } from '../dev/dev.ts'
import { isoTime } from '../lib/instant.ts'
import type { Limits } from '../limits/limits.ts'

export type ServerStatus = Awaited<ReturnType<ReturnType<typeof createServerOperations>['status']>>

/** What only a running server knows of itself; a command without a server has none of it. */
export function createServerOperations({ version, url, clock, hostClock, limits, dev }: Parts) {
  const startedAt = clock.now()
  const startedElapsed = hostClock.elapsed()

  return {
    status: async () => ({
      version,
      /** null: it is still starting. */
      url: url(),
      pid: process.pid,
      /** Whether it runs under --dev. */
      dev: dev !== null,
      startedAt: isoTime(startedAt),
      /** Not the difference of two wall times: those leap. */
      uptimeSeconds: Math.floor((hostClock.elapsed() - startedElapsed) / 1000),
      /** Windows of limits in memory: of keys, workers and addresses. */
      windows: Object.values(limits).reduce((sum, { size }) => sum + size, 0),
    }),
  }
}

// --- internal ---

type Parts = {
  version: string
  url: () => string | null
  clock: Clock
  hostClock: Clock
  limits: Limits
  dev: AppDev | null
}
