import { admin } from '../operations.ts'
import { textOf, useAct } from '../parts/action.tsx'
import { Problem } from '../parts/shown.tsx'
import { Time } from '../parts/time.tsx'
import { toast } from '../parts/toast.tsx'
import type { RunDetails } from './run.tsx'

type Props = { run: RunDetails; onChange: () => Promise<void> }

/** What the run waits for, to be decided here. */
export function Approvals({ run, onChange }: Props) {
  return (
    <>
      {run.approvals.map((approval) => (
        <Approval key={approval.path} id={run.id} approval={approval} onChange={onChange} />
      ))}
    </>
  )
}

// --- internal ---

type ApprovalProps = { id: string; approval: RunDetails['approvals'][number]; onChange: Props['onChange'] }

function Approval({ id, approval, onChange }: ApprovalProps) {
  const { path, title, approvers, expiresAt } = approval
  const act = useAct()
  const decide = (form: FormData) =>
    act.run(async () => {
      const approved = form.get('decision') === 'approve'
      await admin.runs.decide({ id, stepId: path, approved, comment: textOf(form, 'comment') })
      toast(approved ? 'Approved.' : 'Rejected.')
      await onChange()
    })
  return (
    <section class="card approval" aria-label={`Decision at ${path}`}>
      <h2>Waits for a decision: {title ?? path}</h2>
      <p class="line">
        <code>{path}</code>
        {approvers.length > 0 && <span>asked: {approvers.join(', ')}</span>}
        {expiresAt && (
          <span>
            out of time <Time at={expiresAt} />
          </span>
        )}
      </p>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          void decide(new FormData(event.currentTarget, event.submitter))
        }}
      >
        <label>
          Comment
          <textarea name="comment" rows={2} maxLength={1000} placeholder="for the record" />
        </label>
        <Problem of={act.refusal} />
        <div class="actions">
          <button type="submit" name="decision" value="approve" disabled={act.isBusy}>
            Approve
          </button>
          <button type="submit" name="decision" value="reject" class="danger" disabled={act.isBusy}>
            Reject
          </button>
        </div>
      </form>
    </section>
  )
}
