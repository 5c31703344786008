import { admin } from '../operations.ts'
import { useAct } from '../parts/action.tsx'
import { Badge } from '../parts/badge.tsx'
import { Card } from '../parts/card.tsx'
import { Problem } from '../parts/shown.tsx'
import { SimpleTable } from '../parts/simple-table.tsx'
import type { Column } from '../parts/table-rows.tsx'
import { Time } from '../parts/time.tsx'
import { toast } from '../parts/toast.tsx'
import type { Task } from './one-task.tsx'

type Delivery = Task['deliveries'][number]

/** What the account's webhook was told of a task, and whether it took it. */
export function Deliveries({
  of: rows,
  onChanged,
}: {
  of: Task['deliveries']
  onChanged: () => Promise<void>
}) {
  const act = useAct()
  const again: Column<Delivery> = {
    title: 'Again',
    cell: ({ id, event }) => (
      <button
        type="button"
        class="quiet"
        disabled={act.isBusy}
        aria-label={`Redeliver ${event}`}
        onClick={() =>
          act.run(async () => {
            await admin.deliveries.redeliver({ id })
            toast('It is being delivered again.')
            await onChanged()
          })
        }
      >
        Redeliver
      </button>
    ),
  }
  return (
    <Card title="Webhook deliveries">
      <Problem of={act.refusal} />
      <SimpleTable
        label="Webhook deliveries"
        columns={[...COLUMNS, again]}
        rows={rows}
        keyOf={({ id }) => id}
        empty={<p class="muted">No webhook was told of it: the account has no target in this environment.</p>}
      />
    </Card>
  )
}

// --- internal ---

const COLUMNS: Column<Delivery>[] = [
  { title: 'Event', cell: ({ event }) => event },
  { title: 'Status', cell: ({ status }) => <Badge status={status} /> },
  { title: 'Tries', cell: ({ attempts }) => attempts, isNumber: true, isWide: true },
  { title: 'Answer', cell: ({ lastStatus, lastError }) => lastError ?? lastStatus ?? '–', isWide: true },
  { title: 'Next try', cell: ({ nextAttemptAt }) => <Time at={nextAttemptAt} />, isWide: true },
  { title: 'Made', cell: ({ createdAt }) => <Time at={createdAt} />, isWide: true },
]
