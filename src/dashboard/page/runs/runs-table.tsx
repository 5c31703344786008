import { to } from '../address.ts'
import type { admin } from '../operations.ts'
import { duration } from '../parts/duration.ts'
import { SimpleTable } from '../parts/simple-table.tsx'
import type { Column } from '../parts/table-rows.tsx'
import { Time } from '../parts/time.tsx'
import { RunStatus } from './run-status.tsx'
import { shortId } from './short-id.ts'

type Run = Awaited<ReturnType<typeof admin.runs.list>>[number]

type Props = {
  runs: readonly Run[]
  /** Names by id; left out: all are of one workflow, whose name stands elsewhere. */
  accounts?: ReadonlyMap<string, string>
}

/** Runs, the newest first. */
export function RunsTable({ runs, accounts }: Props) {
  const columns = accounts
    ? [RUN, WORKFLOW, STATUS, accountColumn(accounts), ...TIMES]
    : [RUN, STATUS, ...TIMES]
  return <SimpleTable label="Runs" columns={columns} rows={runs} keyOf={({ id }) => id} empty={NONE} />
}

// --- internal ---

const NONE = <p class="muted">There is no run.</p>

const RUN: Column<Run> = {
  title: 'Run',
  cell: ({ id }) => (
    <a href={to('runs', id)} title={id}>
      <code>{shortId(id)}</code>
    </a>
  ),
}

const WORKFLOW: Column<Run> = {
  title: 'Workflow',
  cell: ({ workflowId, workflowName }) => (
    <a class="clip" href={to('workflows', workflowId)} title={workflowName}>
      {workflowName}
    </a>
  ),
}

const STATUS: Column<Run> = { title: 'Status', cell: ({ status }) => <RunStatus status={status} /> }

const TIMES: readonly Column<Run>[] = [
  { title: 'Trigger', cell: ({ triggerType }) => triggerType, isWide: true },
  { title: 'Made', cell: ({ createdAt }) => <Time at={createdAt} /> },
  { title: 'Took', cell: tookOf, isNumber: true, isWide: true },
  { title: 'What went wrong', cell: wrongOf, isWide: true },
]

function accountColumn(names: ReadonlyMap<string, string>): Column<Run> {
  return {
    title: 'Account',
    cell: ({ accountId }) => (
      <a class="clip" href={to('accounts', accountId)}>
        {names.get(accountId) ?? shortId(accountId)}
      </a>
    ),
    isWide: true,
  }
}

function tookOf({ createdAt, completedAt }: Run) {
  return completedAt && duration(Date.parse(completedAt) - Date.parse(createdAt))
}

function wrongOf({ error }: Run) {
  if (!error) return null
  return (
    <span class="clip muted" title={error.message}>
      {error.step ? `${error.step}: ` : ''}
      {error.message}
    </span>
  )
}
