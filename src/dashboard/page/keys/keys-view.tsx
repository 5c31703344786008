import { signal } from '@preact/signals'
import { useState } from 'preact/hooks'
import type { ListKeysInput } from '../../../admin/key-listing.ts'
import { KEY_STATUSES } from '../../../keys/key-status.ts'
import { DAY_MS } from '../../../lib/duration.ts'
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
import { useViewKeys } from '../parts/view-keys.ts'
import { apiWords } from './api-words.ts'
import { CreateKey } from './create-key.tsx'
import { DUE_DAYS, DUE_SOON_DAYS, KeyAge } from './key-age.tsx'
import { NewAddress } from './new-address.tsx'

type Key = Awaited<ReturnType<typeof admin.keys.list>>[number]

const PAGE = 100

/** Counts what was changed here, so that the list begins anew. */
const keysChanged = signal(0)

export function KeysView() {
  const [isCreating, setCreating] = useState(false)
  useViewKeys({ c: { does: 'Create a key', act: () => setCreating(true) } })
  const accounts = useAccounts()
  const input = inputOfFilters()
  return (
    <>
      <div class="head">
        <h1>Keys</h1>
        <button type="button" title="c" onClick={() => setCreating(true)}>
          Create key
        </button>
      </div>
      <div class="head filters">
        <Search label="Search keys" />
        <Choice name="api" label="API" words={['workflows', 'workfunder']} />
        <Choice name="environment" label="Environment" words={['live', 'test']} />
        <NamedChoice name="account" label="Account" of={accounts} />
        <Choice name="status" label="Status" words={KEY_STATUSES} />
        <Choice name="age" label="Age" words={Object.keys(AGES)} />
      </div>
      <PagedTable
        label="Keys"
        columns={COLUMNS}
        pageSize={PAGE}
        load={(after) => admin.keys.list({ ...input, limit: PAGE, after: after?.id })}
        on={[JSON.stringify(input), keysChanged.value]}
        keyOf={(key) => key.id}
        empty={<NoKeys />}
      />
      {isCreating && (
        <CreateKey
          onMade={() => {
            keysChanged.value += 1
          }}
          onClose={() => setCreating(false)}
        />
      )}
    </>
  )
}

// --- internal ---

/** By the words that stand in the address. */
const AGES: Readonly<Record<string, number>> = {
  [`${DUE_SOON_DAYS}_days_or_more`]: DUE_SOON_DAYS,
  [`${DUE_DAYS}_days_or_more`]: DUE_DAYS,
}

/** What somebody wrote into the address is for the operation to refuse. */
function inputOfFilters(): ListKeysInput {
  const age = filter('age')
  const days = age === undefined ? undefined : AGES[age]
  return {
    api: filter('api'),
    environment: filter('environment'),
    status: filter('status'),
    accountId: filter('account'),
    search: filter('q'),
    all: filter('status') === undefined,
    olderThanMs: days === undefined ? undefined : days * DAY_MS,
  } as ListKeysInput
}

function NoKeys() {
  const isAny = ['api', 'environment', 'status', 'age', 'account', 'q'].every((name) => !filter(name))
  if (isAny)
    return (
      <Empty command='keyward admin keys create --api workflows --name "My first key"'>
        There is no key yet. Create one here, or on the server’s machine:
      </Empty>
    )
  return (
    <Empty>
      No key matches. <a href={to('keys')}>Show all keys</a>
    </Empty>
  )
}

function Name({ of: { id, name, newAddressAt } }: { of: Key }) {
  return (
    <>
      <CutLink to={to('keys', id)} text={name} /> <NewAddress at={newAddressAt} />
    </>
  )
}

const COLUMNS: Column<Key>[] = [
  { title: 'Name', cell: (key) => <Name of={key} /> },
  { title: 'Key', cell: (key) => <code>{key.prefix}…</code>, isWide: true },
  { title: 'API', cell: (key) => apiWords(key), isWide: true },
  {
    title: 'Account',
    cell: (key) => <CutLink to={to('accounts', key.accountId)} text={key.accountName} />,
    isWide: true,
  },
  { title: 'Status', cell: (key) => <Badge status={key.status} /> },
  {
    title: 'Today',
    cell: ({ requestsToday }) => requestsToday || <span class="muted">0</span>,
    isNumber: true,
  },
  { title: 'Age', cell: (key) => <KeyAge of={key} />, isNumber: true },
  { title: 'Last used', cell: (key) => <Time at={key.lastUsedAt} never="never" />, isWide: true },
]
