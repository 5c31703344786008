import { useSignal } from '@preact/signals'
import { admin } from '../operations.ts'
import { Form, useAct } from '../parts/action.tsx'
import { Card } from '../parts/card.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { Facts } from '../parts/facts.tsx'
import { dollars } from '../parts/money.ts'
import { Time } from '../parts/time.tsx'
import { toast } from '../parts/toast.tsx'
import type { Task } from './one-task.tsx'

type Side = 'developer' | 'worker'

/** What is disputed, and for whom it is decided. */
export function DisputeCard({ task, onDecided }: { task: Task; onDecided: () => Promise<void> }) {
  const side = useSignal<Side | null>(null)
  const act = useAct()
  const { dispute } = task
  if (!dispute) return null
  const decide = (inFavourOf: Side) => async () => {
    await admin.disputes.resolve({ taskId: task.id, inFavourOf })
    toast('Decided.')
    side.value = null
    await onDecided()
  }
  return (
    <Card title="Dispute">
      <Facts
        of={[
          ['Opened by', dispute.openedBy],
          ['Reason', dispute.reason],
          ['Evidence until', <Time key="until" at={dispute.evidenceDeadline} />],
          ['Decided', <Time key="decided" at={dispute.resolvedAt} never="not yet" />],
        ]}
      />
      {dispute.resolvedAt === null && (
        <div class="actions">
          <button type="button" onClick={() => (side.value = 'worker')}>
            Decide for the worker
          </button>
          <button type="button" onClick={() => (side.value = 'developer')}>
            Decide for the developer
          </button>
        </div>
      )}
      {side.value && (
        <Dialog title={`Decide for the ${side.value}?`} onClose={() => (side.value = null)}>
          <p>
            {dollars(task.escrowCents)} are held.{' '}
            {side.value === 'worker' ? 'The worker is paid.' : 'They go back.'} It is decided for good.
          </p>
          <Form
            title="Decide"
            does={`Decide for the ${side.value}`}
            act={act}
            onSubmit={decide(side.value)}
          />
        </Dialog>
      )}
    </Card>
  )
}
