import { useState } from 'preact/hooks'
import { OUTCOMES } from '../../../keys/outcome.ts'
import { filter, setFilters } from '../address.ts'
import { admin } from '../operations.ts'
import { Card } from '../parts/card.tsx'
import { Empty } from '../parts/empty.tsx'
import { useLoaded } from '../parts/loaded.ts'
import { Shown } from '../parts/shown.tsx'
import { SimpleTable } from '../parts/simple-table.tsx'
import { exact } from '../parts/time.tsx'
import { UsageChart } from './usage-chart.tsx'
import { CLASS_WORDS } from './usage-classes.ts'

export type Usage = Awaited<ReturnType<typeof admin.keys.usage>>

/** How a key's requests were answered, by minute, hour and day. */
export function KeyUsage({ id }: { id: string }) {
  const by = UNITS.find((unit) => unit === filter('by')) ?? 'hour'
  const usage = useLoaded(() => admin.keys.usage({ key: id, by }), [id, by], 2000)
  return (
    <Card title="Usage">
      <div class="units">
        {UNITS.map((unit) => (
          <button
            key={unit}
            type="button"
            class="plain"
            aria-pressed={unit === by}
            onClick={() => setFilters({ by: unit })}
          >
            By {unit}
          </button>
        ))}
      </div>
      <Shown of={usage}>{(shown) => <Counted of={shown} />}</Shown>
    </Card>
  )
}

// --- internal ---

type Bucket = Usage['buckets'][number]

const UNITS = ['minute', 'hour', 'day'] as const

const WHOLE = { minute: 'Last 60 minutes', hour: 'Last 48 hours', day: 'Last 30 days' }

function Counted({ of: usage }: { of: Usage }) {
  const [pointed, setPointed] = useState<number | null>(null)
  const { by, buckets } = usage
  if (buckets.every((bucket) => totalOf(bucket) === 0))
    return <Empty>No request came with this key in the {WHOLE[by].toLowerCase()}.</Empty>
  const bucket = pointed === null ? undefined : buckets[pointed]
  return (
    <>
      <Figures label={bucket ? timeOf(bucket, by) : WHOLE[by]} of={bucket ? [bucket] : buckets} />
      <UsageChart of={usage} onPoint={setPointed} />
      <details>
        <summary>The same in numbers</summary>
        <Numbers of={usage} />
      </details>
    </>
  )
}

/** What each colour is, and how many there were in all of these. */
function Figures({ label, of: buckets }: { label: string; of: readonly Bucket[] }) {
  return (
    <div class="figures">
      <strong>{label}</strong>
      {OUTCOMES.map((name) => (
        <span key={name} title={CLASS_WORDS[name]}>
          <i class="swatch" style={{ background: `var(--class-${name})` }} /> {name}{' '}
          <b>{buckets.reduce((sum, bucket) => sum + bucket[name], 0)}</b>
        </span>
      ))}
    </div>
  )
}

/** The newest first. */
function Numbers({ of: { by, buckets } }: { of: Usage }) {
  return (
    <SimpleTable
      label="Usage in numbers"
      rows={buckets.toReversed()}
      keyOf={({ at }) => at}
      empty={<Empty>None</Empty>}
      columns={[
        { title: 'From', cell: (bucket) => timeOf(bucket, by) },
        ...OUTCOMES.map((name) => ({
          title: name,
          isNumber: true,
          cell: (bucket: Bucket) => bucket[name] || <span class="muted">0</span>,
        })),
        { title: 'all', isNumber: true, cell: totalOf },
      ]}
    />
  )
}

function totalOf(bucket: Bucket): number {
  return OUTCOMES.reduce((sum, name) => sum + bucket[name], 0)
}

/** @returns "2026-11-28 18:04 UTC", of a day "2026-11-28" */
function timeOf({ at }: Bucket, by: Usage['by']): string {
  return by === 'day' ? at.slice(0, 10) : `${exact(at).slice(0, 16)} UTC`
}
