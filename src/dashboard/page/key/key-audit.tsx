import { to } from '../address.ts'
import { admin } from '../operations.ts'
import { Card } from '../parts/card.tsx'
import { Empty } from '../parts/empty.tsx'
import { useLoaded } from '../parts/loaded.ts'
import { Shown } from '../parts/shown.tsx'
import { SimpleTable } from '../parts/simple-table.tsx'
import type { Column } from '../parts/table-rows.tsx'
import { Time } from '../parts/time.tsx'

type Entry = Awaited<ReturnType<typeof admin.audit.list>>[number]

const LISTED = 20

/** Who changed a key, and what was changed with it. @param changes counts those that were made here */
export function KeyAudit({ id, changes }: { id: string; changes: number }) {
  const entries = useLoaded(() => admin.audit.list({ keyId: id, limit: LISTED }), [id, changes], 10_000)
  return (
    <Card title="Audit trail">
      <Shown of={entries}>
        {(rows) => (
          <SimpleTable
            label="Audit trail"
            columns={COLUMNS}
            rows={rows}
            keyOf={({ seq }) => String(seq)}
            empty={<Empty>Nothing was changed since there is an audit trail.</Empty>}
          />
        )}
      </Shown>
      <a href={`${to('audit')}?key=${id}`}>All of it, with what was before and after</a>
    </Card>
  )
}

// --- internal ---

const COLUMNS: Column<Entry>[] = [
  { title: 'When', cell: ({ at }) => <Time at={at} /> },
  { title: 'What', cell: ({ action }) => <code>{action}</code> },
  { title: 'By', cell: ({ actor }) => `${actor.name}${actor.from ? ` (${actor.from})` : ''}` },
]
