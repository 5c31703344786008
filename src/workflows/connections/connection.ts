import { connections } from '../../db/schema/connections.ts'

/** As the API shows it: never the credential. */
export type Connection = Omit<typeof connections.$inferSelect, 'credential'>

export const CONNECTION_STATUSES = connections.status.enumValues
