import type { ComponentChildren } from 'preact'
import { to } from '../address.ts'
import { apiWords } from '../keys/api-words.ts'
import { KeyAge } from '../keys/key-age.tsx'
import { Copy } from '../parts/copy.tsx'
import { Time } from '../parts/time.tsx'
import type { ShownKey } from './key-view.tsx'

/** What a key is, and since when. */
export function KeyFacts({ of: key }: { of: ShownKey }) {
  const { requests, account } = key
  return (
    <section class="card" aria-label="Facts">
      <h2>Facts</h2>
      <dl class="facts">
        <Fact name="Key">
          <code>{key.prefix}…</code>
        </Fact>
        <Fact name="ID">
          <code>{key.id}</code> <Copy text={key.id} what="the id" />
        </Fact>
        <Fact name="API">{apiWords(key)}</Fact>
        <Fact name="Account">
          <a href={to('accounts', account.id)}>{account.name}</a> ({account.tier}
          {account.status !== 'active' && `, ${account.status}`})
        </Fact>
        <Fact name="Requests">
          <strong>{requests.today}</strong> today, {requests.last30Days} in 30 days
        </Fact>
        <Fact name="Last used">
          <Time at={key.lastUsedAt} never="never" />
        </Fact>
        <Fact name="Created">
          <Time at={key.createdAt} />
          {key.madeBy !== null && (
            <>
              {' by the key '}
              <a href={to('keys', key.madeBy)}>{key.madeByName}</a>
            </>
          )}
        </Fact>
        <Fact name="Age of its secret">
          <KeyAge of={key} />
        </Fact>
        <Fact name="Expires">
          <Time at={key.expiresAt} never="never" />
        </Fact>
        <Ends of={key} />
      </dl>
    </section>
  )
}

// --- internal ---

function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}

/** What only some keys have. */
function Ends({
  of: { rotatedAt, previousPrefix, previousEndsAt, disabledAt, revokedAt },
}: {
  of: ShownKey
}) {
  return (
    <>
      {rotatedAt !== null && (
        <Fact name="Rotated">
          <Time at={rotatedAt} />
        </Fact>
      )}
      {previousPrefix !== null && (
        <Fact name="Old secret">
          <code>{previousPrefix}…</code> goes on, ends <Time at={previousEndsAt} />
        </Fact>
      )}
      {disabledAt !== null && (
        <Fact name="Disabled">
          <Time at={disabledAt} />
        </Fact>
      )}
      {revokedAt !== null && (
        <Fact name="Revoked">
          <Time at={revokedAt} />
        </Fact>
      )}
    </>
  )
}
