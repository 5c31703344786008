import { useSignal } from '@preact/signals'
import { filter, go, to } from '../address.ts'
import { admin } from '../operations.ts'
import { Form, textOf, useAct } from '../parts/action.tsx'
import { Badge } from '../parts/badge.tsx'
import { Cut, CutLink } from '../parts/cut.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { Empty } from '../parts/empty.tsx'
import { dollars } from '../parts/money.ts'
import { PagedTable } from '../parts/paged-table.tsx'
import { Search } from '../parts/search.tsx'
import type { Column } from '../parts/table-rows.tsx'
import { Time } from '../parts/time.tsx'
import type { ViewProps } from '../view.ts'
import { OneAccount } from './one-account.tsx'
import { TIERS } from './tiers.ts'

export function AccountsView({ id }: ViewProps) {
  return id === undefined ? <Accounts /> : <OneAccount key={id} id={id} />
}

// --- internal ---

type Account = Awaited<ReturnType<typeof admin.accounts.list>>[number]

const PAGE = 100

const COLUMNS: Column<Account>[] = [
  { title: 'Name', cell: ({ id, name }) => <CutLink to={to('accounts', id)} text={name} /> },
  {
    title: 'E-mail',
    cell: ({ email }) => (email === null ? <span class="muted">–</span> : <Cut text={email} />),
    isWide: true,
  },
  { title: 'Tier', cell: ({ tier }) => tier },
  { title: 'Status', cell: ({ status }) => <Badge status={status} /> },
  {
    title: 'Requests a minute',
    cell: ({ requestsPerMinute }) => requestsPerMinute,
    isNumber: true,
    isWide: true,
  },
  { title: 'Tasks a month', cell: ({ tasksPerMonth }) => tasksPerMonth, isNumber: true, isWide: true },
  { title: 'Balance', cell: ({ balanceCents }) => dollars(balanceCents), isNumber: true },
  { title: 'Made', cell: ({ createdAt }) => <Time at={createdAt} />, isWide: true },
]

function Accounts() {
  const isCreating = useSignal(false)
  const search = filter('q')
  return (
    <>
      <div class="head">
        <h1>Accounts</h1>
        <Search label="Search accounts" />
        <button type="button" onClick={() => (isCreating.value = true)}>
          New account
        </button>
      </div>
      <PagedTable
        label="Accounts"
        columns={COLUMNS}
        pageSize={PAGE}
        load={(after) => admin.accounts.list({ search, limit: PAGE, after: after?.id })}
        on={[search]}
        keyOf={({ id }) => id}
        empty={
          <Empty command="keyward admin accounts create --name Acme">
            No account {search ? 'matches' : 'is there yet'}. Make one here, or on the server’s machine:
          </Empty>
        }
      />
      {isCreating.value && <NewAccount onClose={() => (isCreating.value = false)} />}
    </>
  )
}

function NewAccount({ onClose }: { onClose: () => void }) {
  const act = useAct()
  return (
    <Dialog title="New account" onClose={onClose}>
      <Form
        title="New account"
        does="Create"
        act={act}
        onSubmit={async (form) => {
          const { id } = await admin.accounts.create({
            name: textOf(form, 'name') ?? '',
            email: textOf(form, 'email'),
            tier: textOf(form, 'tier'),
          })
          go(to('accounts', id))
        }}
      >
        <label>
          Name
          <input name="name" required maxLength={255} />
        </label>
        <label>
          E-mail (optional)
          <input name="email" type="email" />
        </label>
        <label>
          Tier
          <select name="tier">
            {TIERS.map((tier) => (
              <option key={tier}>{tier}</option>
            ))}
          </select>
        </label>
      </Form>
    </Dialog>
  )
}
