import { useRef } from 'preact/hooks'
import { filter, filters, go, replaceWith, to } from '../address.ts'
import { useAccounts } from '../parts/accounts.ts'
import { Empty } from '../parts/empty.tsx'
import { NamedChoice } from '../parts/named-choice.tsx'
import { Choice } from '../parts/search.tsx'
import { Problem } from '../parts/shown.tsx'
import { TextFilter } from '../parts/text-filter.tsx'
import { useViewKeys } from '../parts/view-keys.ts'
import { server } from '../session.ts'
import type { ViewProps } from '../view.ts'
import { type LiveRequests, useLiveRequests } from './live-requests.ts'
import { RequestDetail } from './request-detail.tsx'
import { RequestTable } from './request-table.tsx'

/** The requests as they are answered, and one of them beside the list. */
export function RequestsView({ id }: ViewProps) {
  const live = useLiveRequests({
    key: filter('key'),
    status: filter('status'),
    path: filter('path'),
    accountId: filter('account'),
  })
  const list = useRef<HTMLDivElement>(null)

  /** Opens the row so many below the one that is open, or the first. */
  function step(by: number): void {
    const at = live.rows.findIndex(({ requestId }) => requestId === id)
    const row = live.rows[at < 0 ? 0 : at + by]
    if (!row) return
    const open = at < 0 ? go : replaceWith
    open(addressOf(row.requestId))
    list.current?.querySelector<HTMLElement>(`a[href$=${JSON.stringify(addressOf(row.requestId))}]`)?.focus()
  }

  useViewKeys({
    j: { does: 'Next request', act: () => step(1) },
    k: { does: 'Request before', act: () => step(-1) },
    p: { does: 'Pause, and go on', act: live.togglePause },
    Escape: { does: 'Close the request', act: () => id !== undefined && go(addressOf()) },
  })

  return (
    <div class={id === undefined ? 'requests' : 'requests split'}>
      <div class="list">
        <Head live={live} />
        <Problem of={live.refusal} />
        {live.rows.length > 0 ? (
          <RequestTable
            ref={list}
            rows={live.rows}
            openId={id}
            addressOf={(row) => addressOf(row.requestId)}
            onArrow={step}
          />
        ) : (
          live.connection === 'open' && <Nothing />
        )}
      </div>
      {id !== undefined && <RequestDetail key={id} id={id} />}
    </div>
  )
}

// --- internal ---

function Head({ live }: { live: LiveRequests }) {
  const statuses = ['2xx', '3xx', '4xx', '5xx', '401', '403', '429']
  const other = filter('status')
  return (
    <div class="head">
      <div class="title">
        <h1>Requests</h1>
        <Connection live={live} />
      </div>
      <TextFilter name="path" label="Path ( / )" />
      <Choice
        name="status"
        label="Status"
        words={other && !statuses.includes(other) ? [...statuses, other] : statuses}
      />
      <TextFilter name="key" label="Key" />
      <NamedChoice name="account" label="Account" of={useAccounts()} />
      <button type="button" class="plain" aria-pressed={live.isPaused} onClick={live.togglePause}>
        {live.isPaused ? 'Go on' : 'Pause'} <kbd>p</kbd>
      </button>
    </div>
  )
}

function Connection({ live: { connection, isPaused, waiting, refusal } }: { live: LiveRequests }) {
  if (refusal || connection === 'opening') return null
  if (connection === 'lost')
    return (
      <span role="status" class="badge bad">
        connection lost, trying again …
      </span>
    )
  if (isPaused) return <span class="badge waiting">paused{waiting > 0 && `, ${waiting} wait`}</span>
  return <span class="badge good">live</span>
}

function Nothing() {
  if ([...filters.value.values()].some((value) => value !== ''))
    return <Empty>No request matches yet. What matches shows here as it is answered.</Empty>
  return (
    <Empty
      command={`curl -H "x-api-key: $WORKFLOWS_API_KEY" ${server.value?.url ?? location.origin}/api/v1/workflows`}
    >
      No request was answered yet. Send one:
    </Empty>
  )
}

function addressOf(id?: string): string {
  return (id === undefined ? to('requests') : to('requests', id)) + location.search
}
