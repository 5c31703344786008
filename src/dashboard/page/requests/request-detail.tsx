import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { filters, to } from '../address.ts'
import { admin } from '../operations.ts'
import { StatusCode } from '../parts/badge.tsx'
import { Checks } from '../parts/checks.tsx'
import { toClipboard } from '../parts/clipboard.ts'
import { Command } from '../parts/command.tsx'
import { Copy } from '../parts/copy.tsx'
import { Facts } from '../parts/facts.tsx'
import { useLoaded } from '../parts/loaded.ts'
import { Shown } from '../parts/shown.tsx'
import { Time } from '../parts/time.tsx'
import { toast } from '../parts/toast.tsx'
import { server } from '../session.ts'
import { curlOf } from './curl.ts'
import { decisionSteps } from './decision-steps.ts'
import { MessagePart } from './message-part.tsx'
import { Replay } from './replay.tsx'

type Request = Awaited<ReturnType<typeof admin.requests.show>>

/** One request: why it was answered so, what was sent, and how to send it again. */
export function RequestDetail({ id }: { id: string }) {
  const request = useLoaded(() => admin.requests.show({ id }), [id])
  const part = useRef<HTMLElement>(null)
  useEffect(() => {
    // On a narrow screen it stands in the place of the list, and of the row that had the focus.
    if (document.activeElement === document.body) part.current?.focus()
  }, [id])
  return (
    <article ref={part} class="request" aria-label="Request" tabindex={-1}>
      <a class="crumb" href={`${to('requests')}?${filters.value}`}>
        Close
      </a>
      <Shown of={request}>{(value) => <Told key={value.requestId} request={value} />}</Shown>
    </article>
  )
}

// --- internal ---

function Told({ request }: { request: Request }) {
  const { method, path, status, key } = request
  const url = server.value?.url ?? location.origin
  return (
    <>
      <h2>
        <StatusCode code={status} /> {method} <span class="target">{path}</span>
      </h2>
      <div class="actions">
        <CopyAsCurl text={curlOf(request, url, request.request)} />
        {server.value?.dev && <Replay request={request} />}
      </div>
      <RequestFacts request={request} />
      <h3>Decision</h3>
      <Checks label="Decision" of={decisionSteps(request)} />
      {key?.id && <MeetsNow keyId={key.id} request={request} />}
      <Messages request={request} />
    </>
  )
}

function CopyAsCurl({ text }: { text: string }) {
  async function copy(): Promise<void> {
    await toClipboard(text)
    toast('Copied as curl')
  }
  return (
    <button type="button" class="plain" title={text} onClick={copy}>
      Copy as curl
    </button>
  )
}

function RequestFacts({ request }: { request: Request }) {
  const { at, requestId, traceparent, key, account, workerId, address, bytes, durationMs } = request
  const only = (name: string, value: string) => `${to('requests')}?${new URLSearchParams({ [name]: value })}`
  const facts: (readonly [string, ComponentChildren])[] = [
    [
      'When',
      <>
        <Time at={at} />, took {durationMs} ms{bytes !== null && `, ${bytes.toLocaleString('en')} bytes`}
      </>,
    ],
    [
      'Request id',
      <>
        <code>{requestId}</code> <Copy text={requestId} what="the request id" />
      </>,
    ],
    ['Key', key && <KeyFact of={key} requests={key.id && only('key', key.id)} />],
    ['Worker', workerId],
    [
      'Account',
      account && (
        <>
          <a href={to('accounts', account.id)}>{account.name ?? account.id}</a>,{' '}
          <a href={only('account', account.id)}>its requests</a>
        </>
      ),
    ],
    ['Address', address],
    ['Trace', traceparent],
  ]
  return <Facts of={facts.filter(([, value]) => value !== null)} />
}

function KeyFact({
  of: { id, name, prefix },
  requests,
}: {
  of: NonNullable<Request['key']>
  requests: string | null
}) {
  if (id === null || requests === null)
    return (
      <>
        <code>{prefix}…</code>, which no key begins with
      </>
    )
  return (
    <>
      <a href={to('keys', id)}>{name ?? id}</a> <code>{prefix}…</code>, <a href={requests}>its requests</a>
    </>
  )
}

/** The same question, asked now: since then the key may have changed, or its window. */
function MeetsNow({ keyId, request: { method, path } }: { keyId: string; request: Request }) {
  const met = useLoaded(() => admin.keys.explain({ key: keyId, method, path }), [keyId, method, path])
  return (
    <details>
      <summary>What it would meet now</summary>
      <Shown of={met}>{({ checks }) => <Checks label="What it would meet now" of={checks} />}</Shown>
    </details>
  )
}

function Messages({ request: { request, response } }: { request: Request }) {
  if (request === null && response === null)
    return server.value?.dev ? (
      <p class="muted">Its headers and bodies had to make room for later ones.</p>
    ) : (
      <>
        <p class="muted">Headers and bodies are kept only by a server for development:</p>
        <Command text="keyward serve --dev" />
      </>
    )
  return (
    <>
      {request && <MessagePart title="Request" of={request} />}
      {response ? <MessagePart title="Answer" of={response} /> : <p class="muted">It was not answered.</p>}
    </>
  )
}
