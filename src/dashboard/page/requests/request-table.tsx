import type { Ref } from 'preact'
import { StatusCode } from '../parts/badge.tsx'
import { Time } from '../parts/time.tsx'
import { identityOf, type Row } from './live-requests.ts'

type Props = {
  rows: readonly Row[]
  openId: string | undefined
  addressOf: (row: Row) => string
  onArrow: (by: number) => void
  ref: Ref<HTMLDivElement>
}

const ARROWS: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1 }

/** The requests, the newest on top; arrows walk from one to the next where one of them has the focus. */
export function RequestTable({ rows, openId, addressOf, onArrow, ref }: Props) {
  function walk(event: KeyboardEvent): void {
    const by = ARROWS[event.key]
    if (by === undefined) return
    event.preventDefault()
    onArrow(by)
  }
  return (
    <div ref={ref} class="scroller">
      <table aria-label="Requests">
        <thead>
          <tr>
            <th scope="col">Status</th>
            <th scope="col">Request</th>
            <th scope="col" class="wide more">
              Key
            </th>
            <th scope="col" class="wide more">
              Reason
            </th>
            <th scope="col" class="wide more number">
              Took
            </th>
            <th scope="col">When</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={identityOf(row)} class={row.requestId === openId ? 'open' : undefined}>
              <td>
                <StatusCode code={row.status} />
              </td>
              <td class="target">
                <a
                  onKeyDown={walk}
                  href={addressOf(row)}
                  aria-current={row.requestId === openId ? 'true' : undefined}
                >
                  <span class="method">{row.method}</span> {row.path}
                </a>
              </td>
              <td class="wide more name">{row.key ? (row.key.name ?? `${row.key.prefix}…`) : ''}</td>
              <td class="wide more">
                <div class="reason muted">{row.reason ?? ''}</div>
              </td>
              <td class="wide more number muted">{row.durationMs.toFixed(1)} ms</td>
              <td class="muted">
                <Time at={row.at} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
