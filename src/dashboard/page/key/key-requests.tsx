import { to } from '../address.ts'
import { admin } from '../operations.ts'
import { StatusCode } from '../parts/badge.tsx'
import { Card } from '../parts/card.tsx'
import { Empty } from '../parts/empty.tsx'
import { useLoaded } from '../parts/loaded.ts'
import { Shown } from '../parts/shown.tsx'
import { SimpleTable } from '../parts/simple-table.tsx'
import type { Column } from '../parts/table-rows.tsx'
import { Time } from '../parts/time.tsx'

type ListedRequest = Awaited<ReturnType<typeof admin.requests.list>>[number]

const LISTED = 20

/** The last requests with a key, and why they were refused. */
export function KeyRequests({ id }: { id: string }) {
  const requests = useLoaded(() => admin.requests.list({ key: id, limit: LISTED }), [id], 2000)
  return (
    <Card title="Last requests">
      <Shown of={requests}>
        {(rows) => (
          <SimpleTable
            label="Last requests"
            columns={COLUMNS}
            rows={rows}
            keyOf={(row) => row.requestId}
            empty={<Empty>No request came with this key since the server was started.</Empty>}
          />
        )}
      </Shown>
      <a href={`${to('requests')}?key=${id}`}>Follow them</a>
    </Card>
  )
}

// --- internal ---

function Asked({ of: { requestId, method, path, reason } }: { of: ListedRequest }) {
  return (
    <div class="request">
      <a class="cut" href={to('requests', requestId)} title={`${method} ${path}`}>
        {method} {path}
      </a>
      {reason !== null && (
        <div class="reason" title={reason}>
          {reason}
        </div>
      )}
    </div>
  )
}

const COLUMNS: Column<ListedRequest>[] = [
  { title: 'When', cell: ({ at }) => <Time at={at} /> },
  { title: 'Status', cell: ({ status }) => <StatusCode code={status} /> },
  { title: 'Request, and why it was refused', cell: (request) => <Asked of={request} /> },
  { title: 'Address', cell: ({ address }) => address, isWide: true },
  { title: 'ms', cell: ({ durationMs }) => durationMs.toFixed(1), isWide: true, isNumber: true },
]
