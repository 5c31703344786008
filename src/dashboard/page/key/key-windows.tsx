import { to } from '../address.ts'
import type { Tone } from '../parts/badge.tsx'
import { Card } from '../parts/card.tsx'
import { aheadMs } from '../parts/time.tsx'
import type { ShownKey } from './key-view.tsx'

/** How far a key's limits are used up, and where they come from. */
export function KeyWindows({ of: { windows, tasksThisMonth, account } }: { of: ShownKey }) {
  return (
    <Card title="Limits">
      {windows.map(({ category, used, limitPerMinute, from, resetAt }) => (
        <Meter
          key={category}
          name={`${category} a minute`}
          used={used}
          limit={limitPerMinute}
          from={from}
          aside={resetAt && `resets in ${secondsUntil(resetAt)} s`}
        />
      ))}
      {tasksThisMonth && <Meter name="tasks this month" {...tasksThisMonth} aside={null} />}
      <p class="muted">
        Windows slide: a request leaves its own after a minute. Limits of an account are changed at{' '}
        <a href={to('accounts', account.id)}>{account.name}</a>.
      </p>
    </Card>
  )
}

// --- internal ---

/** From here on a limit is told to be near. */
const NEAR = 0.8

type Props = { name: string; used: number; limit: number | 'unlimited'; from: string; aside: string | null }

function Meter({ name, used, limit, from, aside }: Props) {
  return (
    <div class="window">
      <div class="row">
        <strong>{name}</strong>
        <span>
          {used} of {limit}
        </span>
      </div>
      {limit !== 'unlimited' && (
        <meter aria-label={name} class={toneOf(used / limit)} max={Math.max(1, limit)} value={used} />
      )}
      <div class="row muted">
        <span>limit of {from}</span>
        <span title="When the oldest counted request leaves the window">{aside}</span>
      </div>
    </div>
  )
}

function toneOf(part: number): Tone {
  return part >= 1 ? 'bad' : part >= NEAR ? 'waiting' : 'plain'
}

function secondsUntil(at: string): number {
  return Math.max(0, Math.ceil((Date.parse(at) - Date.now() - aheadMs.value) / 1000))
}
