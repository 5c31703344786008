import type { Actor } from '../audit/actor.ts'
import { isoTime } from '../lib/instant.ts'
import type { Sessions } from './sessions.ts'

/** Who may come in by the dashboard, for the command line. */
export function createDashboardOperations(sessions: Sessions, actor: Actor) {
  return {
    /** For a link that signs in the one who asks, once. */
    async ticket(_: object) {
      const { ticket, expiresAt } = sessions.issueTicket(actor)
      return { ticket, expiresAt: isoTime(expiresAt) }
    },

    /** Signs everybody out. */
    signOutAll: async (_: object) => ({ signedOut: sessions.closeAll(actor) }),
  }
}
