import { useEffect, useState } from 'preact/hooks'
import { replaceWith, to } from '../address.ts'
import { admin, type Refusal } from '../operations.ts'
import { Empty } from '../parts/empty.tsx'
import { useLoaded } from '../parts/loaded.ts'
import { Problem, Shown } from '../parts/shown.tsx'
import type { ViewProps } from '../view.ts'
import { Explain } from './explain.tsx'
import { KeyAddresses } from './key-addresses.tsx'
import { KeyAudit } from './key-audit.tsx'
import { KeyFacts } from './key-facts.tsx'
import { KeyHead } from './key-head.tsx'
import { KeyRequests } from './key-requests.tsx'
import { KeyScopes } from './key-scopes.tsx'
import { KeyUsage } from './key-usage.tsx'
import { KeyWindows } from './key-windows.tsx'

export type ShownKey = Awaited<ReturnType<typeof admin.keys.show>>

/** Its windows fill and drain while they are looked at. */
const SHOWN_EVERY_MS = 1000

export function KeyView({ id = '' }: ViewProps) {
  return <OneKey key={id} id={id} />
}

// --- internal ---

function OneKey({ id }: { id: string }) {
  const [isThere, setThere] = useState(true)
  const key = useLoaded(() => admin.keys.show({ key: id }), [id], isThere ? SHOWN_EVERY_MS : undefined)
  const [changes, setChanges] = useState(0)
  const isMissing = key.value === undefined && NO_KEY.has(key.refusal?.code ?? '')
  useEffect(() => setThere(!isMissing), [isMissing])
  useIdInAddress(id, key.value?.id)

  async function changed(): Promise<void> {
    await key.reload()
    setChanges((count) => count + 1)
  }

  if (isMissing) return <NotFound refusal={key.refusal} />
  return (
    <>
      <a class="crumb" href={to('keys')}>
        Keys
      </a>
      <Shown of={key}>
        {(shown) => (
          <>
            <KeyHead of={shown} onChanged={changed} />
            <div class="columns">
              <KeyFacts of={shown} />
              <KeyWindows of={shown} />
            </div>
            <KeyUsage id={shown.id} />
            <KeyRequests id={shown.id} />
            <div class="columns">
              <Explain of={shown} />
              {shown.api === 'workflows' && <KeyScopes of={shown} />}
            </div>
            <div class="columns">
              <KeyAddresses id={shown.id} />
              <KeyAudit id={shown.id} changes={changes} />
            </div>
          </>
        )}
      </Shown>
    </>
  )
}

/** A key may be named by its beginning too, or by the whole key, which has no place in an address. */
function useIdInAddress(asked: string, found: string | undefined): void {
  useEffect(() => {
    if (found !== undefined && found !== asked) replaceWith(to('keys', found))
  }, [asked, found])
}

/** What names no key, or several. */
const NO_KEY: ReadonlySet<string> = new Set(['NOT_FOUND', 'INVALID_INPUT'])

function NotFound({ refusal }: { refusal: Refusal | undefined }) {
  return (
    <>
      <h1>No such key</h1>
      <Problem of={refusal} />
      <Empty command="keyward admin keys list --all">
        The key may belong to another server, or its account was deleted.{' '}
        <a href={to('keys')}>Show all keys</a>, or on the server’s machine:
      </Empty>
    </>
  )
}
