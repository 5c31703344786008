import { filter, filters, to } from '../address.ts'
import { admin } from '../operations.ts'
import { useAccounts } from '../parts/accounts.ts'
import { Empty } from '../parts/empty.tsx'
import { useLoaded } from '../parts/loaded.ts'
import { NamedChoice } from '../parts/named-choice.tsx'
import { Shown } from '../parts/shown.tsx'
import { server } from '../session.ts'
import { RunsTable } from './runs-table.tsx'

const PAGE = 100
const LIVE_MS = 2000

/** Workflows to choose from: the newest so many. */
const WORKFLOWS = 200

const STATUSES = ['pending', 'running', 'suspended', 'completed', 'failed', 'cancelled', 'timed_out']

/** The runs of all workflows, a page of them at a time, each as it is now. */
export function RunList() {
  const [status, accountId, workflowId, after] = ['status', 'account', 'workflow', 'after'].map(filter)
  const search = { status, accountId, workflowId, after, limit: PAGE }
  const runs = useLoaded(() => admin.runs.list(search), Object.values(search), LIVE_MS)
  const accounts = useAccounts()
  const workflows = useLoaded(() => admin.workflows.list({ accountId, limit: WORKFLOWS }), [accountId]).value
  const names = new Map(accounts?.map(({ id, name }) => [id, name]))
  return (
    <>
      <div class="head">
        <h1>Runs</h1>
        <NamedChoice name="workflow" label="Workflow" of={workflows} />
        <NamedChoice name="account" label="Account" of={accounts} />
        <NamedChoice
          name="status"
          label="Status"
          of={STATUSES.map((id) => ({ id, name: id.replaceAll('_', ' ') }))}
        />
      </div>
      <Shown of={runs}>
        {(list) =>
          list.length > 0 ? (
            <RunsTable runs={list} accounts={names} />
          ) : after ? (
            <p>That were all.</p>
          ) : (
            <NoRuns />
          )
        }
      </Shown>
      <nav class="pages" aria-label="Pages">
        {after && <a href={pageAfter(undefined)}>Newest</a>}
        {runs.value?.length === PAGE && <a href={pageAfter(runs.value.at(-1)?.id)}>Older</a>}
      </nav>
    </>
  )
}

// --- internal ---

function pageAfter(id: string | undefined): string {
  const search = new URLSearchParams(filters.value)
  if (id) search.set('after', id)
  else search.delete('after')
  return `${to('runs')}?${search}`
}

function NoRuns() {
  const url = server.value?.url ?? 'http://localhost:3000'
  return (
    <Empty command={`curl -X POST ${url}/api/v1/workflows/$WORKFLOW/run -H "x-api-key: $WORKFLOWS_API_KEY"`}>
      No run matches. Start one from its <a href={to('workflows')}>workflow</a>, or over the API:
    </Empty>
  )
}
