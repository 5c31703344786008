import { to } from '../address.ts'
import { admin } from '../operations.ts'
import { Empty } from '../parts/empty.tsx'
import { useLoaded } from '../parts/loaded.ts'
import { Shown } from '../parts/shown.tsx'
import { Time } from '../parts/time.tsx'

const LISTED = 20

/** Who changed a key, and what was changed with it. @param changes counts those that were made here */
export function KeyAudit({ id, changes }: { id: string; changes: number }) {
  const entries = useLoaded(() => admin.audit.list({ keyId: id, limit: LISTED }), [id, changes], 10_000)
  return (
    <section class="card" aria-label="Audit trail">
      <h2>
        Audit trail <a href={`${to('audit')}?key=${id}`}>all of it</a>
      </h2>
      <Shown of={entries}>
        {(rows) =>
          rows.length === 0 ? (
            <Empty>Nothing was changed since there is an audit trail.</Empty>
          ) : (
            <ul class="trail">
              {rows.map(({ seq, at, action, subject, actor }) => (
                <li key={seq}>
                  <Time at={at} /> <code>{action}</code> by {actor.name}
                  {actor.from && <span class="muted"> ({actor.from})</span>}
                  {subject !== id && <span class="muted"> of {subject}</span>}
                </li>
              ))}
            </ul>
          )
        }
      </Shown>
    </section>
  )
}
