import { useEffect, useState } from 'preact/hooks'
import { admin } from '../operations.ts'
import { useAct } from '../parts/action.tsx'
import { duration } from '../parts/duration.ts'
import { useLoaded } from '../parts/loaded.ts'
import { Problem } from '../parts/shown.tsx'
import { aheadMs } from '../parts/time.tsx'
import { Advance } from './advance.tsx'

type Clock = Awaited<ReturnType<typeof admin.clock.show>>

const ASKED_EVERY_MS = 2000

/** A difference of less is the way of the answer, and a machine's own clock. */
const AHEAD_MIN_MS = 2000

/** What time it is for the server, and what can be done with it. */
export function ClockBar() {
  const clock = useLoaded(ask, [], ASKED_EVERY_MS)
  const act = useAct()
  const { value } = clock
  async function change(does: () => Promise<Clock>): Promise<void> {
    await does()
    await clock.reload()
  }
  return (
    <>
      {value && <Now clock={value} />}
      <span class="actions">
        {value && (
          <button
            type="button"
            class="plain"
            disabled={act.isBusy}
            onClick={() => act.run(() => change(value.frozen ? admin.clock.resume : admin.clock.freeze))}
          >
            {value.frozen ? 'Resume' : 'Freeze'}
          </button>
        )}
        <Advance onAdvanced={clock.reload} />
      </span>
      <Problem of={act.refusal ?? clock.refusal} />
    </>
  )
}

// --- internal ---

/**
 * Dates of the page go by the server's time from then on. The server read its clock between question and answer: what
 * was known stays where both allow it, so the quickest answer is the one that counts.
 */
async function ask(): Promise<Clock> {
  const askedAt = Date.now()
  const clock = await admin.clock.show()
  const serverAt = Date.parse(clock.now)
  aheadMs.value = Math.min(Math.max(aheadMs.value, serverAt - Date.now()), serverAt - askedAt)
  return clock
}

/** It goes on by itself between two answers. */
function Now({ clock: { now, frozen, advancing } }: { clock: Clock }) {
  const [passedMs, setPassed] = useState(0)
  const stands = frozen || advancing
  useEffect(() => {
    setPassed(0)
    if (stands) return
    const from = performance.now()
    const timer = setInterval(() => setPassed(performance.now() - from), 250)
    return () => clearInterval(timer)
  }, [now, stands])
  const at = new Date(Date.parse(now) + passedMs).toISOString()
  return (
    <>
      <time class="server-time" dateTime={now}>
        {at.slice(0, 10)} {at.slice(11, 19)} UTC
      </time>
      {frozen && <span class="badge waiting">frozen</span>}
      {advancing && <span class="badge waiting">time is passing</span>}
      {aheadMs.value > AHEAD_MIN_MS && <span class="muted">{wordsOf(aheadMs.value)} ahead</span>}
    </>
  )
}

/** To the second: an answer is some ms on its way. */
function wordsOf(ms: number): string {
  return duration(Math.round(ms / 1000) * 1000)
}
