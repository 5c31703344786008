import { Badge } from '../parts/badge.tsx'
import { Card } from '../parts/card.tsx'
import { Facts } from '../parts/facts.tsx'
import { Time } from '../parts/time.tsx'
import type { Task } from './one-task.tsx'

/** What the worker has shown of the work, the pictures among it. */
export function Proofs({ of: proofs }: { of: Task['proofs'] }) {
  return (
    <Card title="Proofs">
      {proofs.length === 0 && <p class="muted">None was submitted yet.</p>}
      {proofs.map((proof) => (
        <article key={proof.id} class="proof">
          <Facts
            of={[
              ['Attempt', proof.attemptNumber],
              ['Type', proof.type.replaceAll('_', ' ')],
              ['Status', <Badge key="status" status={proof.status} />],
              ['Distance', proof.distanceFromTaskMeters === null ? '–' : `${proof.distanceFromTaskMeters} m`],
              ['Rejected because', proof.rejectionReason ?? '–'],
              ['Submitted', <Time key="submitted" at={proof.createdAt} />],
              ['Reviewed', <Time key="reviewed" at={proof.reviewedAt} never="not yet" />],
            ]}
          />
          {proof.files.map((file) => (
            <ProofFile key={file.name} file={file} attempt={proof.attemptNumber} />
          ))}
        </article>
      ))}
    </Card>
  )
}

// --- internal ---

type File = Task['proofs'][number]['files'][number]

function ProofFile({ file: { name, type, url }, attempt }: { file: File; attempt: number }) {
  if (url === null) return <span class="muted">{name}</span>
  return (
    <a href={here(url)} target="_blank" rel="noreferrer">
      {type?.startsWith('image/') ? (
        <img src={here(url)} alt={`Proof of attempt ${attempt}: ${name}`} loading="lazy" />
      ) : (
        name
      )}
    </a>
  )
}

/** A signed link as clients get it, on the address that this page came from: the policy takes pictures from nowhere else. */
function here(url: string): string {
  const { pathname, search } = new URL(url, location.href)
  return pathname + search
}
