import { filter, filters, to } from '../address.ts'
import { admin } from '../operations.ts'
import { useAccounts } from '../parts/accounts.ts'
import { Empty } from '../parts/empty.tsx'
import { NamedChoice } from '../parts/named-choice.tsx'
import { PagedTable } from '../parts/paged-table.tsx'
import { Choice } from '../parts/search.tsx'
import type { Column } from '../parts/table-rows.tsx'
import { TextFilter } from '../parts/text-filter.tsx'
import { Time } from '../parts/time.tsx'
import { AuditActions } from './audit-actions.tsx'
import { Difference } from './difference.tsx'

type Entry = Awaited<ReturnType<typeof admin.audit.list>>[number]

const PAGE = 100

/** How far back, in ms, by the word that stands in the address. */
const WITHIN: Readonly<Record<string, number>> = {
  '1h': 3_600_000,
  '24h': 86_400_000,
  '7d': 7 * 86_400_000,
  '30d': 30 * 86_400_000,
}

/** Who changed what. */
export function AuditView() {
  const [key, account, since] = [filter('key'), filter('account'), filter('since')]
  const input = { keyId: key, accountId: account, withinMs: since === undefined ? undefined : WITHIN[since] }
  return (
    <div class="audit">
      <div class="head">
        <h1>Audit</h1>
        <TextFilter name="key" label="Key id ( / )" />
        <NamedChoice name="account" label="Account" of={useAccounts()} />
        <Choice name="since" label="Since" words={Object.keys(WITHIN)} />
        <AuditActions />
      </div>
      <PagedTable
        label="Changes"
        columns={COLUMNS}
        pageSize={PAGE}
        load={(after) => admin.audit.list({ ...input, limit: PAGE, before: after?.seq })}
        on={[key, account, since]}
        keyOf={({ seq }) => `${seq}`}
        empty={<Nothing />}
      />
    </div>
  )
}

// --- internal ---

const COLUMNS: Column<Entry>[] = [
  { title: 'Row', cell: ({ seq }) => <span class="muted">{seq}</span>, isNumber: true, isWide: true },
  { title: 'When', cell: ({ at }) => <Time at={at} /> },
  { title: 'Who', cell: ({ actor }) => <Who of={actor} />, isWide: true },
  { title: 'Action', cell: (entry) => <Action of={entry} /> },
  { title: 'Change', cell: ({ before, after }) => <Difference before={before} after={after} /> },
]

function Who({ of: { kind, name, from } }: { of: Entry['actor'] }) {
  return (
    <>
      {kind === 'key' ? (
        <>
          key{' '}
          <a class="in-text" href={to('keys', name)}>
            {name.slice(0, 8)}
          </a>
        </>
      ) : (
        name
      )}{' '}
      <span class="muted">{from}</span>
    </>
  )
}

/** Whose views the ids open; what else is changed has none. */
const VIEWS: readonly string[] = ['keys', 'accounts', 'tasks', 'runs', 'workflows']

function Action({ of: { action, subject } }: { of: Entry }) {
  const noun = action.split('.')[0] ?? ''
  return (
    <>
      <strong>{action}</strong>
      <br />
      <span class="muted" title={subject}>
        {VIEWS.includes(noun) ? <a href={to(noun, subject)}>{subject}</a> : subject}
      </span>
    </>
  )
}

function Nothing() {
  if ([...filters.value.values()].some((value) => value !== ''))
    return (
      <Empty command="keyward admin audit list">
        No change matches. Without filters all of them are here, and in the answer to
      </Empty>
    )
  return (
    <Empty command='keyward admin keys create --api workflows --name "My first key"'>
      Nothing was changed yet. The first change may be a key:
    </Empty>
  )
}
