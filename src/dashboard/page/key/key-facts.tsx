import type { ComponentChildren } from 'preact'
import { to } from '../address.ts'
import { apiWords } from '../keys/api-words.ts'
import { KeyAge } from '../keys/key-age.tsx'
import { Card } from '../parts/card.tsx'
import { Copy } from '../parts/copy.tsx'
import { Facts } from '../parts/facts.tsx'
import { Time } from '../parts/time.tsx'
import type { ShownKey } from './key-view.tsx'

/** What a key is, and since when. */
export function KeyFacts({ of: key }: { of: ShownKey }) {
  return (
    <Card title="Facts">
      <Facts of={[...always(key), ...sometimes(key)]} />
    </Card>
  )
}

// --- internal ---

type Fact = readonly [name: string, value: ComponentChildren]

function always(key: ShownKey): Fact[] {
  const { requests, account } = key
  return [
    ['Key', <code>{key.prefix}…</code>],
    [
      'ID',
      <>
        <code>{key.id}</code> <Copy text={key.id} what="the id" />
      </>,
    ],
    ['API', apiWords(key)],
    [
      'Account',
      <>
        <a href={to('accounts', account.id)}>{account.name}</a> ({account.tier}
        {account.status !== 'active' && `, ${account.status}`})
      </>,
    ],
    [
      'Requests',
      <>
        <strong>{requests.today}</strong> today, {requests.last30Days} in 30 days
      </>,
    ],
    ['Last used', <Time at={key.lastUsedAt} never="never" />],
    [
      'Created',
      <>
        <Time at={key.createdAt} /> <MadeBy of={key} />
      </>,
    ],
    ['Age of its secret', <KeyAge of={key} />],
    ['Expires', <Time at={key.expiresAt} never="never" />],
  ]
}

function sometimes({ rotatedAt, previousPrefix, previousEndsAt, disabledAt, revokedAt }: ShownKey): Fact[] {
  const old = (
    <>
      <code>{previousPrefix}…</code> goes on, ends <Time at={previousEndsAt} />
    </>
  )
  return [
    ...(rotatedAt === null ? [] : [['Rotated', <Time at={rotatedAt} />] as const]),
    ...(previousPrefix === null ? [] : [['Old secret', old] as const]),
    ...(disabledAt === null ? [] : [['Disabled', <Time at={disabledAt} />] as const]),
    ...(revokedAt === null ? [] : [['Revoked', <Time at={revokedAt} />] as const]),
  ]
}

function MadeBy({ of: { madeBy, madeByName } }: { of: ShownKey }) {
  if (madeBy === null) return null
  return (
    <>
      by the key <a href={to('keys', madeBy)}>{madeByName}</a>
    </>
  )
}
