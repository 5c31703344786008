import { connections } from '../../db/schema/connections.ts'

/** As the API shows it: never the credential. */
export type Connection = Omit<typeof connections.$inferSelect, 'credential'>

/** Left out: the provider's name as its name, and not the provider's default. */
export type NewConnection = {
  provider: string
  name?: string
  credentials: Record<string, unknown>
  externalAccountId?: string
  isDefault?: boolean
}

export const CONNECTION_STATUSES = connections.status.enumValues
