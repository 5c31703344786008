import { to } from '../address.ts'
import { admin } from '../operations.ts'
import { StatusCode } from '../parts/badge.tsx'
import { Empty } from '../parts/empty.tsx'
import { useLoaded } from '../parts/loaded.ts'
import { Shown } from '../parts/shown.tsx'
import { Time } from '../parts/time.tsx'

type ListedRequest = Awaited<ReturnType<typeof admin.requests.list>>[number]

const LISTED = 20

/** The last requests with a key, and why they were refused. */
export function KeyRequests({ id }: { id: string }) {
  const requests = useLoaded(() => admin.requests.list({ key: id, limit: LISTED }), [id], 2000)
  return (
    <section class="card" aria-label="Last requests">
      <h2>
        Last requests <a href={`${to('requests')}?key=${id}`}>follow them</a>
      </h2>
      <Shown of={requests}>
        {(rows) =>
          rows.length === 0 ? (
            <Empty>No request came with this key since the server started.</Empty>
          ) : (
            <Rows of={rows} />
          )
        }
      </Shown>
    </section>
  )
}

// --- internal ---

function Rows({ of: rows }: { of: readonly ListedRequest[] }) {
  return (
    <div class="scroller">
      <table aria-label="Last requests">
        <thead>
          <tr>
            <th scope="col">When</th>
            <th scope="col">Status</th>
            <th scope="col">Request</th>
            <th scope="col">Reason</th>
            <th scope="col" class="wide">
              Address
            </th>
            <th scope="col" class="wide number">
              ms
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.requestId}>
              <td>
                <Time at={row.at} />
              </td>
              <td>
                <StatusCode code={row.status} />
              </td>
              <td>
                <a class="cut" href={to('requests', row.requestId)} title={`${row.method} ${row.path}`}>
                  {row.method} {row.path}
                </a>
              </td>
              <td class="text">{row.reason ?? <span class="muted">–</span>}</td>
              <td class="wide">{row.address}</td>
              <td class="wide number">{row.durationMs.toFixed(1)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
