import { useSignal } from '@preact/signals'
import { to } from '../address.ts'
import { admin } from '../operations.ts'
import { Badge } from '../parts/badge.tsx'
import { Card } from '../parts/card.tsx'
import { Facts } from '../parts/facts.tsx'
import { useLoaded } from '../parts/loaded.ts'
import { dollars } from '../parts/money.ts'
import { Shown } from '../parts/shown.tsx'
import { Time } from '../parts/time.tsx'
import { ChangeLimits, MoveMoney, Suspend } from './account-changes.tsx'

export type Account = Awaited<ReturnType<typeof admin.accounts.show>>

const LOOK_MS = 5000

export function OneAccount({ id }: { id: string }) {
  const loaded = useLoaded(() => admin.accounts.show({ id }), [id], LOOK_MS)
  return (
    <Shown of={loaded}>
      {(account) => (
        <>
          <Head account={account} onChanged={loaded.reload} />
          <div class="columns">
            <Card title="Account">
              <Facts
                of={[
                  ['Id', <code key="id">{account.id}</code>],
                  ['E-mail', account.email ?? '–'],
                  ['Tier', account.tier],
                  ['Requests a minute', account.requestsPerMinute],
                  ['Tasks a month', account.tasksPerMonth],
                  ['Billing month', `begins on day ${account.billingAnchorDay}`],
                  ['Made', <Time key="made" at={account.createdAt} />],
                ]}
              />
            </Card>
            <Card title="Holdings">
              <Facts
                of={[
                  ['Balance', dollars(account.balanceCents)],
                  [
                    'Keys',
                    <Link
                      key="keys"
                      view="keys"
                      id={id}
                      text={`${account.keys}, ${account.liveKeys} live`}
                    />,
                  ],
                  [
                    'Workflows',
                    <Link key="workflows" view="workflows" id={id} text={`${account.workflows}`} />,
                  ],
                  ['Tasks', <Link key="tasks" view="tasks" id={id} text={`${account.tasks}`} />],
                  ['Last change', <LastChange key="change" of={account} />],
                ]}
              />
            </Card>
          </div>
          <Card title="Tasks of this month">
            {account.quotas.map((quota) => (
              <Quota key={quota.environment} of={quota} />
            ))}
          </Card>
        </>
      )}
    </Shown>
  )
}

// --- internal ---

function Head({ account, onChanged }: { account: Account; onChanged: () => Promise<void> }) {
  const open = useSignal<'limits' | 'money' | 'suspend' | null>(null)
  const onClose = () => {
    open.value = null
    void onChanged()
  }
  const isActive = account.status === 'active'
  return (
    <>
      <div class="head">
        <h1>
          <a class="crumb" href={to('accounts')}>
            Accounts
          </a>
          {account.name} <Badge status={account.status} />
        </h1>
        <button type="button" class="plain" onClick={() => (open.value = 'limits')}>
          Tier and limits
        </button>
        <button type="button" class="plain" onClick={() => (open.value = 'money')}>
          Credit or debit
        </button>
        <button type="button" class={isActive ? 'danger' : 'plain'} onClick={() => (open.value = 'suspend')}>
          {isActive ? 'Suspend' : 'Resume'}
        </button>
      </div>
      {open.value === 'limits' && <ChangeLimits account={account} onClose={onClose} />}
      {open.value === 'money' && <MoveMoney account={account} onClose={onClose} />}
      {open.value === 'suspend' && <Suspend account={account} onClose={onClose} />}
    </>
  )
}

function Link({ view, id, text }: { view: string; id: string; text: string }) {
  return <a href={`${to(view)}?account=${encodeURIComponent(id)}`}>{text}</a>
}

function LastChange({ of: { id, lastChange } }: { of: Account }) {
  if (lastChange === null) return <>none</>
  return (
    <a href={`${to('audit')}?account=${encodeURIComponent(id)}`}>
      {lastChange.action} by {lastChange.actor.name}, <Time at={lastChange.at} />
    </a>
  )
}

function Quota({ of: quota }: { of: Account['quotas'][number] }) {
  const { environment, used, limit, periodEnd, usedUpOn } = quota
  const isEndless = limit === 'unlimited'
  return (
    <div class="quota">
      <h3>{environment}</h3>
      <span>
        {used} of {limit}
      </span>
      {!isEndless && (
        <meter
          aria-label={`Tasks of this month, ${environment}`}
          min={0}
          max={limit}
          high={limit * 0.8}
          optimum={0}
          value={used}
        />
      )}
      <span class="muted">
        {usedUpOn !== null && `At this rate used up on ${usedUpOn.slice(0, 10)}. `}
        The month ends on {periodEnd.slice(0, 10)}.
      </span>
    </div>
  )
}
