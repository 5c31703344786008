import { index, integer, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'
import { accounts } from './accounts.ts'

/** What came in from providers, verified; an event that comes again is known by its provider's id. */
export const inboundEvents = sqliteTable(
  'inbound_events',
  {
    id: text().primaryKey(),
    accountId: text('account_id')
      .notNull()
      .references(() => accounts.id),
    /** stripe, justpaid, custom:PATH …; with :unsigned where no signature was checked. */
    source: text().notNull(),
    /** The provider's own id; null where it sends none, and then nothing is de-duplicated. */
    externalId: text('external_id'),
    eventType: text('event_type'),
    /** JSON of the body, as text. */
    body: text().notNull(),
    /** -1 until the starts of all its workflows were tried. */
    workflowsTriggered: integer('workflows_triggered').notNull(),
    createdAt: integer('created_at').notNull(),
  },
  (t) => [
    uniqueIndex('inbound_events_external').on(t.accountId, t.source, t.externalId),
    index('inbound_events_age').on(t.createdAt),
  ],
)
