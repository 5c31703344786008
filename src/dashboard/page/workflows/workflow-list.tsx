import { filter, to } from '../address.ts'
import { admin } from '../operations.ts'
import { useAccounts } from '../parts/accounts.ts'
import { Badge } from '../parts/badge.tsx'
import { CutLink } from '../parts/cut.tsx'
import { Empty } from '../parts/empty.tsx'
import { NamedChoice } from '../parts/named-choice.tsx'
import { PagedTable } from '../parts/paged-table.tsx'
import { Choice, Search } from '../parts/search.tsx'
import type { Column } from '../parts/table-rows.tsx'
import { Time } from '../parts/time.tsx'
import { RunStatus } from '../runs/run-status.tsx'
import { server } from '../session.ts'

type Row = Awaited<ReturnType<typeof admin.workflows.list>>[number]

const PAGE = 100

export function WorkflowList() {
  const accounts = useAccounts()
  const [accountId, status, search] = [filter('account'), filter('status'), filter('q')]
  return (
    <>
      <div class="head">
        <h1>Workflows</h1>
        <Search label="Search workflows" />
        <NamedChoice name="account" label="Account" of={accounts} />
        <Choice name="status" label="Status" words={['draft', 'active', 'paused', 'archived']} />
      </div>
      <PagedTable
        label="Workflows"
        columns={COLUMNS}
        pageSize={PAGE}
        load={(after) => admin.workflows.list({ accountId, status, search, limit: PAGE, after: after?.id })}
        on={[accountId, status, search]}
        keyOf={(row) => row.id}
        empty={
          <Empty command={firstWorkflow()}>
            No workflow matches. Workflows are made over the API, with a key for it:
          </Empty>
        }
      />
    </>
  )
}

// --- internal ---

const COLUMNS: Column<Row>[] = [
  { title: 'Name', cell: (row) => <CutLink to={to('workflows', row.id)} text={row.name} /> },
  {
    title: 'Account',
    cell: (row) => <CutLink to={to('accounts', row.accountId)} text={row.accountName} />,
    isWide: true,
  },
  { title: 'Status', cell: (row) => <Badge status={row.status} /> },
  { title: 'Trigger', cell: (row) => row.triggerType, isWide: true },
  { title: 'Steps', cell: (row) => row.steps, isWide: true, isNumber: true },
  { title: 'Version', cell: (row) => row.version, isWide: true, isNumber: true },
  { title: 'Last run', cell: ({ lastRun }) => lastRun && <LastRun run={lastRun} /> },
  { title: 'Changed', cell: (row) => <Time at={row.updatedAt} />, isWide: true },
]

function LastRun({ run }: { run: NonNullable<Row['lastRun']> }) {
  return (
    <a href={to('runs', run.id)}>
      <RunStatus status={run.status} /> <Time at={run.createdAt} />
    </a>
  )
}

function firstWorkflow(): string {
  return `curl ${server.value?.url ?? 'http://localhost:3000'}/api/v1/workflows -H "x-api-key: $WORKFLOWS_API_KEY" \\
  -H "Content-Type: application/json" \\
  -d '{ "name": "First", "trigger": { "type": "api" }, "steps": [{ "id": "hello", "type": "transform", "config": { "mapping": { "hello": "{{input.name}}" } } }] }'`
}
