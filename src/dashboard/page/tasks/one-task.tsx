import { useSignal } from '@preact/signals'
import { to } from '../address.ts'
import { admin } from '../operations.ts'
import { Form, useAct } from '../parts/action.tsx'
import { Badge } from '../parts/badge.tsx'
import { Card } from '../parts/card.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { Facts } from '../parts/facts.tsx'
import { useLoaded } from '../parts/loaded.ts'
import { dollars } from '../parts/money.ts'
import { Shown } from '../parts/shown.tsx'
import { SimpleTable } from '../parts/simple-table.tsx'
import type { Column } from '../parts/table-rows.tsx'
import { Time } from '../parts/time.tsx'
import { toast } from '../parts/toast.tsx'
import { Deliveries } from './deliveries.tsx'
import { DisputeCard } from './dispute-card.tsx'
import { Proofs } from './proofs.tsx'

export type Task = Awaited<ReturnType<typeof admin.tasks.show>>

const LOOK_MS = 2000

export function OneTask({ id }: { id: string }) {
  const loaded = useLoaded(() => admin.tasks.show({ taskId: id }), [id], LOOK_MS)
  return (
    <Shown of={loaded}>
      {(task) => (
        <>
          <Head task={task} onChanged={loaded.reload} />
          {task.dispute && <DisputeCard task={task} onDecided={loaded.reload} />}
          <div class="columns">
            <Card title="Task">
              <Facts
                of={[
                  ['Id', <code key="id">{task.id}</code>],
                  [
                    'Account',
                    <a key="account" href={to('accounts', task.accountId)}>
                      {task.accountId}
                    </a>,
                  ],
                  ['Environment', task.environment],
                  ['Category', task.category],
                  ['Place', [task.city, task.state].filter(Boolean).join(', ') || '–'],
                  ['Worker', task.workerId ?? 'none yet'],
                  ['Deadline', <Time key="deadline" at={task.deadline} never="none" />],
                  ['Made', <Time key="made" at={task.createdAt} />],
                ]}
              />
              <p class="description">{task.description}</p>
            </Card>
            <Card title="Moves">
              <ol class="moves">
                {task.moves.map(({ from, to, actor, at }, index) => (
                  <li key={`${at} ${index}`}>
                    {from && <Badge status={from} tone="plain" />}
                    {from && ' → '}
                    <Badge status={to} /> by {actor}, <Time at={at} />
                  </li>
                ))}
              </ol>
            </Card>
          </div>
          <Card title="Money">
            <Facts
              of={[
                ['Budget', dollars(task.budgetCents)],
                ['Platform fee', dollars(task.platformFeeCents)],
                ['Worker’s payout', dollars(task.workerPayoutCents)],
                ['Held', dollars(task.escrowCents)],
              ]}
            />
            <SimpleTable
              label="Moves of money"
              columns={LEDGER}
              rows={task.ledger}
              keyOf={(row) => `${row.at} ${row.kind} ${row.from} ${row.to}`}
              empty={<p class="muted">No money has moved for this task.</p>}
            />
          </Card>
          <Proofs of={task.proofs} />
          <Deliveries of={task.deliveries} onChanged={loaded.reload} />
        </>
      )}
    </Shown>
  )
}

// --- internal ---

const LEDGER: Column<Task['ledger'][number]>[] = [
  { title: 'When', cell: ({ at }) => <Time at={at} /> },
  { title: 'What', cell: ({ kind }) => kind.replaceAll('_', ' ') },
  { title: 'From', cell: ({ from }) => from, isWide: true },
  { title: 'To', cell: ({ to }) => to, isWide: true },
  { title: 'Amount', cell: ({ cents }) => dollars(cents), isNumber: true },
]

/** What cannot be cancelled any more (workfunder/README.md); in dispute it is decided in place of that. */
const OVER: readonly Task['status'][] = ['completed', 'cancelled', 'refunded', 'disputed']

function Head({ task, onChanged }: { task: Task; onChanged: () => Promise<void> }) {
  const isCancelling = useSignal(false)
  const act = useAct()
  return (
    <div class="head">
      <h1>
        <a class="crumb" href={to('tasks')}>
          Tasks
        </a>
        {task.title} <Badge status={task.status} />
      </h1>
      {!OVER.includes(task.status) && (
        <button type="button" class="danger" onClick={() => (isCancelling.value = true)}>
          Cancel
        </button>
      )}
      {isCancelling.value && (
        <Dialog title="Cancel this task?" onClose={() => (isCancelling.value = false)}>
          <p>What was paid for it goes back to the account. It cannot be undone.</p>
          <Form
            title="Cancel this task"
            does="Cancel the task"
            isDangerous
            act={act}
            onSubmit={async () => {
              await admin.tasks.cancel({ taskId: task.id })
              toast('Cancelled.')
              isCancelling.value = false
              await onChanged()
            }}
          />
        </Dialog>
      )}
    </div>
  )
}
