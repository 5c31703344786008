import { useEffect, useRef, useState } from 'preact/hooks'
import { replaceWith, to } from '../address.ts'
import { admin } from '../operations.ts'
import { Badge } from '../parts/badge.tsx'
import { Empty } from '../parts/empty.tsx'
import { useLoaded } from '../parts/loaded.ts'
import { Shown } from '../parts/shown.tsx'
import type { ViewProps } from '../view.ts'
import { Explain } from './explain.tsx'
import { KeyActions } from './key-actions.tsx'
import { KeyAudit } from './key-audit.tsx'
import { KeyFacts } from './key-facts.tsx'
import { KeyRequests } from './key-requests.tsx'
import { KeyScopes } from './key-scopes.tsx'
import { KeyWindows } from './key-windows.tsx'

export type ShownKey = Awaited<ReturnType<typeof admin.keys.show>>

/** Its windows fill and drain while they are looked at. */
const SHOWN_EVERY_MS = 1000

export function KeyView({ id = '' }: ViewProps) {
  const key = useLoaded(() => admin.keys.show({ key: id }), [id], SHOWN_EVERY_MS)
  useIdInAddress(id, key.value?.id)
  const [changes, setChanges] = useState(0)
  const title = useRef<HTMLHeadingElement>(null)

  async function changed(): Promise<void> {
    await key.reload()
    setChanges((count) => count + 1)
    // What had the focus may be gone, such as the button that revokes.
    requestAnimationFrame(() => document.activeElement === document.body && title.current?.focus())
  }

  if (key.value === undefined && key.refusal?.code === 'NOT_FOUND') return <NotFound id={id} />
  return (
    <>
      <a class="crumb" href={to('keys')}>
        Keys
      </a>
      <Shown of={key}>
        {(shown) => (
          <>
            <div class="head">
              <h1 ref={title} tabIndex={-1}>
                {shown.name} <Badge status={shown.status} />
              </h1>
              <KeyActions of={shown} onChanged={changed} />
            </div>
            <div class="columns">
              <KeyFacts of={shown} />
              <KeyWindows of={shown} />
            </div>
            <KeyRequests id={shown.id} />
            <div class="columns">
              <Explain of={shown} />
              {shown.api === 'workflows' && <KeyScopes of={shown} />}
            </div>
            <KeyAudit id={shown.id} changes={changes} />
          </>
        )}
      </Shown>
    </>
  )
}

// --- internal ---

/** A key may be named by its beginning too, or by the whole key, which has no place in an address. */
function useIdInAddress(asked: string, found: string | undefined): void {
  useEffect(() => {
    if (found !== undefined && found !== asked) replaceWith(to('keys', found))
  }, [asked, found])
}

function NotFound({ id }: { id: string }) {
  return (
    <>
      <h1>No such key</h1>
      <Empty command="keyward admin keys list --all">
        No key of this server has the id <code>{id.slice(0, 36)}</code>. It may belong to another server, or
        its account was deleted. <a href={to('keys')}>Show all keys</a>, or on the server’s machine:
      </Empty>
    </>
  )
}
