import { useState } from 'preact/hooks'
import { DAY_MS } from '../../../lib/duration.ts'
import { Refusal } from '../operations.ts'
import { textOf } from '../parts/action.tsx'

const LIVES = { '30 days': 30, '90 days': 90, '1 year': 365 }

const ON_A_DAY = 'date'

/** How long a key lives, for `lifeIn`. */
export function ExpiryField() {
  const [chosen, setChosen] = useState('')
  return (
    <div class="side-by-side">
      <label>
        Expires
        <select
          name="lifeDays"
          value={chosen}
          onChange={({ currentTarget }) => setChosen(currentTarget.value)}
        >
          <option value="">never</option>
          {Object.entries(LIVES).map(([words, days]) => (
            <option key={words} value={days}>
              in {words}
            </option>
          ))}
          <option value={ON_A_DAY}>on a day …</option>
        </select>
      </label>
      {chosen === ON_A_DAY && (
        <label>
          Last day (UTC)
          <input type="date" name="lastDay" required />
        </label>
      )}
    </div>
  )
}

/** @returns what keys.create takes: a lifetime, or when the chosen day is over. @throws Refusal for a day that there is not */
export function lifeIn(form: FormData): { lifetimeMs?: number; expiresAt?: number } {
  const chosen = textOf(form, 'lifeDays')
  if (chosen === undefined) return {}
  if (chosen !== ON_A_DAY) return { lifetimeMs: Number(chosen) * DAY_MS }
  const expiresAt = Date.parse(`${textOf(form, 'lastDay')}T00:00:00Z`) + DAY_MS
  if (Number.isFinite(expiresAt)) return { expiresAt }
  throw new Refusal('INVALID_INPUT', 'Choose the last day of the key')
}
