import { filter, to } from '../address.ts'
import { admin } from '../operations.ts'
import { useAccounts } from '../parts/accounts.ts'
import { Badge } from '../parts/badge.tsx'
import { CutLink } from '../parts/cut.tsx'
import { Empty } from '../parts/empty.tsx'
import { dollars } from '../parts/money.ts'
import { NamedChoice } from '../parts/named-choice.tsx'
import { PagedTable } from '../parts/paged-table.tsx'
import { Choice, Search } from '../parts/search.tsx'
import type { Column } from '../parts/table-rows.tsx'
import { Time } from '../parts/time.tsx'
import type { ViewProps } from '../view.ts'
import { OneTask } from './one-task.tsx'

export function TasksView({ id }: ViewProps) {
  return id === undefined ? <Tasks /> : <OneTask key={id} id={id} />
}

// --- internal ---

type Task = Awaited<ReturnType<typeof admin.tasks.list>>[number]

const PAGE = 100

/** Each one, or it is no program (workfunder/tasks/lifecycle.ts). */
const STATUSES = Object.keys({
  pending: 1,
  funded: 1,
  posted: 1,
  assigned: 1,
  in_progress: 1,
  proof_submitted: 1,
  proof_rejected: 1,
  completed: 1,
  cancelled: 1,
  refunded: 1,
  disputed: 1,
} satisfies Record<Task['status'], 1>)

const COLUMNS: Column<Task>[] = [
  { title: 'Title', cell: ({ id, title }) => <CutLink to={to('tasks', id)} text={title} /> },
  { title: 'Status', cell: ({ status }) => <Badge status={status} /> },
  { title: 'Environment', cell: ({ environment }) => environment, isWide: true },
  { title: 'Budget', cell: ({ budgetCents }) => dollars(budgetCents), isNumber: true },
  { title: 'Since', cell: ({ statusSince }) => <Time at={statusSince} />, isWide: true },
  { title: 'Deadline', cell: ({ deadline }) => <Time at={deadline} />, isWide: true },
  { title: 'Made', cell: ({ createdAt }) => <Time at={createdAt} />, isWide: true },
]

const FIRST_TASK = `curl ${location.origin}/v1/tasks -H "Authorization: Bearer $WORKFUNDER_API_KEY" -H "Content-Type: application/json" -d '{
  "title": "Photograph a shelf", "description": "The left one", "category": "photography", "budget_cents": 2500,
  "location": { "city": "New York", "state": "NY", "latitude": 40.7, "longitude": -74 }
}'`

function Tasks() {
  const [search, status, environment, accountId] = ['q', 'status', 'environment', 'account'].map(filter)
  return (
    <>
      <div class="head">
        <h1>Tasks</h1>
        <Search label="Search tasks" />
        <Choice name="status" label="Status" words={STATUSES} />
        <Choice name="environment" label="Environment" words={['live', 'test']} />
        <NamedChoice name="account" label="Account" of={useAccounts()} />
      </div>
      <PagedTable
        label="Tasks"
        columns={COLUMNS}
        pageSize={PAGE}
        load={(after) =>
          admin.tasks.list({ search, status, environment, accountId, limit: PAGE, after: after?.id })
        }
        on={[search, status, environment, accountId]}
        keyOf={({ id }) => id}
        empty={
          <Empty command={FIRST_TASK}>
            No task {search || status || environment || accountId ? 'matches' : 'is there yet'}. Clients make
            them:
          </Empty>
        }
      />
    </>
  )
}
