import { admin } from '../operations.ts'
import { Card } from '../parts/card.tsx'
import { Empty } from '../parts/empty.tsx'
import { useLoaded } from '../parts/loaded.ts'
import { Shown } from '../parts/shown.tsx'
import { SimpleTable } from '../parts/simple-table.tsx'
import type { Column } from '../parts/table-rows.tsx'
import { Time } from '../parts/time.tsx'

type Address = Awaited<ReturnType<typeof admin.keys.addresses>>[number]

/** Where a key came from; one that nobody knows is told by its first time. */
export function KeyAddresses({ id }: { id: string }) {
  const addresses = useLoaded(() => admin.keys.addresses({ key: id }), [id], 10_000)
  return (
    <Card title="Addresses of the last 30 days">
      <Shown of={addresses}>
        {(rows) => (
          <SimpleTable
            label="Addresses"
            columns={COLUMNS}
            rows={rows}
            keyOf={({ address }) => address}
            empty={<Empty>It was used from nowhere yet.</Empty>}
          />
        )}
      </Shown>
    </Card>
  )
}

// --- internal ---

const COLUMNS: Column<Address>[] = [
  { title: 'Address', cell: ({ address }) => <code>{address}</code> },
  { title: 'First seen', cell: ({ firstSeenAt }) => <Time at={firstSeenAt} /> },
  { title: 'Last seen', cell: ({ lastSeenAt }) => <Time at={lastSeenAt} /> },
  { title: 'Requests', cell: ({ requests }) => requests, isNumber: true },
]
