import { useState } from 'preact/hooks'
import { admin } from '../operations.ts'
import { Form, textOf, useAct } from '../parts/action.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { dollars } from '../parts/money.ts'
import { toast } from '../parts/toast.tsx'
import type { Account } from './one-account.tsx'
import { TIERS } from './tiers.ts'

type Props = { account: Account; onClose: () => void }

export function ChangeLimits({ account, onClose }: Props) {
  const act = useAct()
  return (
    <Dialog title="Tier and limits" onClose={onClose}>
      <Form
        title="Tier and limits"
        does="Change"
        act={act}
        onSubmit={async (form) => {
          await admin.accounts.update({
            id: account.id,
            tier: textOf(form, 'tier'),
            requestsPerMinute: limitOf(textOf(form, 'requestsPerMinute')),
            tasksPerMonth: limitOf(textOf(form, 'tasksPerMonth')),
          })
          toast('Changed; in force on the next request.')
          onClose()
        }}
      >
        <label>
          Tier
          <select name="tier" defaultValue={account.tier}>
            {TIERS.map((tier) => (
              <option key={tier} selected={tier === account.tier}>
                {tier}
              </option>
            ))}
          </select>
        </label>
        <label>
          Requests a minute
          <input name="requestsPerMinute" placeholder={`as it is: ${account.requestsPerMinute}`} />
          <small>A number, or “default” for the tier’s own.</small>
        </label>
        <label>
          Tasks a month
          <input name="tasksPerMonth" placeholder={`as it is: ${account.tasksPerMonth}`} />
          <small>A number, “unlimited”, or “default”.</small>
        </label>
      </Form>
    </Dialog>
  )
}

export function MoveMoney({ account, onClose }: Props) {
  const act = useAct()
  return (
    <Dialog title="Credit or debit" onClose={onClose}>
      <p>
        {account.name} has {dollars(account.balanceCents)} to spend on live tasks.
      </p>
      <Form
        title="Credit or debit"
        does="Move"
        act={act}
        onSubmit={async (form) => {
          const cents = Math.round(Number(textOf(form, 'amount')) * 100)
          const isCredit = textOf(form, 'direction') === 'credit'
          const move = isCredit ? admin.accounts.credit : admin.accounts.debit
          const { balanceCents } = await move({ id: account.id, cents })
          toast(`The balance is ${dollars(balanceCents)}.`)
          onClose()
        }}
      >
        <fieldset>
          <legend>Direction</legend>
          <label>
            <input type="radio" name="direction" value="credit" defaultChecked /> Credit
          </label>
          <label>
            <input type="radio" name="direction" value="debit" /> Debit
          </label>
        </fieldset>
        <label>
          Amount in US dollars
          <input name="amount" type="number" min="0.01" step="0.01" required inputMode="decimal" />
        </label>
      </Form>
    </Dialog>
  )
}

export function Suspend({ account, onClose }: Props) {
  const act = useAct()
  // What was asked for when it was opened, also where somebody else has done it meanwhile: the button must not turn into its opposite.
  const [isActive] = useState(account.status === 'active')
  return (
    <Dialog title={isActive ? `Suspend ${account.name}?` : `Resume ${account.name}?`} onClose={onClose}>
      <p>
        {isActive
          ? 'All of its keys are refused from the next request on, until it is resumed.'
          : 'All of its keys that are good are taken again from the next request on.'}
      </p>
      <Form
        title="Status"
        does={isActive ? 'Suspend' : 'Resume'}
        isDangerous={isActive}
        act={act}
        onSubmit={async () => {
          await admin.accounts.update({ id: account.id, status: isActive ? 'suspended' : 'active' })
          toast(isActive ? 'Suspended.' : 'Resumed.')
          onClose()
        }}
      />
    </Dialog>
  )
}

// --- internal ---

/** @returns undefined: it stays. What is no number goes to the server as it is, which says what it takes. */
function limitOf(text: string | undefined): never | undefined {
  if (text === undefined) return undefined
  return (/^\d+$/.test(text) ? Number(text) : text) as never
}
