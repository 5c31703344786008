import { signal } from '@preact/signals'
import type { KeyFilterInput } from '../../../admin/key-listing.ts'
import { filter, to } from '../address.ts'
import { admin } from '../operations.ts'
import { Badge } from '../parts/badge.tsx'
import { Empty } from '../parts/empty.tsx'
import { type Column, PagedTable } from '../parts/paged-table.tsx'
import { Choice, Search } from '../parts/search.tsx'
import { Time } from '../parts/time.tsx'

type Key = Awaited<ReturnType<typeof admin.keys.list>>[number]

const PAGE = 100

/** Counts what was changed here, so that the list begins anew. */
export const keysChanged = signal(0)

export function KeysView() {
  const { api, status, q, account } = Object.fromEntries(
    ['api', 'status', 'q', 'account'].map((name) => [name, filter(name)]),
  )
  const input = { api, status, accountId: account, all: status === undefined } as KeyFilterInput
  return (
    <>
      <div class="head">
        <h1>Keys</h1>
        <Search label="Search keys" />
        <Choice name="api" label="API" words={['workflows', 'workfunder']} />
        <Choice name="status" label="Status" words={['active', 'disabled', 'expired', 'revoked']} />
      </div>
      <PagedTable
        label="Keys"
        columns={COLUMNS}
        pageSize={PAGE}
        load={(after) => admin.keys.list({ ...input, limit: PAGE, after: after?.id })}
        on={[api, status, q, account, keysChanged.value]}
        keyOf={(key) => key.id}
        empty={
          <Empty command='keyward admin keys create --api workflows --name "My first key"'>
            No key matches. Make one here, or on the server’s machine:
          </Empty>
        }
      />
    </>
  )
}

// --- internal ---

const COLUMNS: Column<Key>[] = [
  { title: 'Name', cell: (key) => <a href={to('keys', key.id)}>{key.name}</a> },
  { title: 'Key', cell: (key) => <code>{key.prefix}…</code>, isWide: true },
  { title: 'API', cell: (key) => key.environment ?? key.api, isWide: true },
  {
    title: 'Account',
    cell: (key) => <a href={to('accounts', key.accountId)}>{key.accountName}</a>,
    isWide: true,
  },
  { title: 'Status', cell: (key) => <Badge status={key.status} /> },
  { title: 'Made', cell: (key) => <Time at={key.createdAt} />, isWide: true },
  { title: 'Last used', cell: (key) => <Time at={key.lastUsedAt} never="never" />, isWide: true },
]
