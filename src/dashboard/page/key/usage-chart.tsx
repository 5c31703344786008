import { useEffect, useRef } from 'preact/hooks'
import uPlot from 'uplot'
import { useDark } from '../parts/dark.ts'
import type { Usage } from './key-usage.tsx'

type Props = {
  of: Usage
  /** Told the place of the bucket that is pointed at; null: none is. */
  onPoint: (place: number | null) => void
}

const HEIGHT = 200

/** Bars of how requests were answered, one on the other. The table beneath has the same numbers for who sees no canvas. */
export function UsageChart({ of: usage, onPoint }: Props) {
  const host = useRef<HTMLDivElement>(null)
  const chart = useRef<uPlot | null>(null)
  const isDark = useDark()

  useEffect(() => {
    const place = host.current
    if (!place) return
    const made = new uPlot(optionsOf(place, usage, onPoint), stacked(usage), place)
    chart.current = made
    const observer = new ResizeObserver(() => made.setSize({ width: place.clientWidth, height: HEIGHT }))
    observer.observe(place)
    return () => {
      observer.disconnect()
      made.destroy()
      chart.current = null
    }
  }, [usage.by, isDark])
  useEffect(() => chart.current?.setData(stacked(usage)), [usage])
  return <div ref={host} class="chart" aria-hidden="true" />
}

// --- internal ---

/** @returns seconds, then for each class what it and those beneath it come to: drawn from the highest down, each covers the next. */
function stacked({ buckets, classes }: Usage): uPlot.AlignedData {
  const sums = classes.map((_, top) =>
    buckets.map((bucket) => classes.slice(0, top + 1).reduce((sum, name) => sum + bucket[name], 0)),
  )
  return [buckets.map(({ at }) => Date.parse(at) / 1000), ...sums.reverse()]
}

function optionsOf(place: Element, { by, classes }: Usage, onPoint: Props['onPoint']): uPlot.Options {
  const style = getComputedStyle(place)
  const colour = (name: string) => style.getPropertyValue(name).trim()
  const bars = uPlot.paths.bars?.({ size: [0.8, 60] })
  const axis = {
    stroke: colour('--pico-muted-color'),
    font: '12px system-ui, sans-serif',
    grid: { stroke: colour('--pico-muted-border-color'), width: 1 },
    ticks: { show: false },
  }
  const half = SECONDS[by] / 2
  return {
    width: place.clientWidth,
    height: HEIGHT,
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), 'Etc/UTC'),
    legend: { show: false },
    cursor: { y: false, points: { show: false }, drag: { x: false, y: false, setScale: false } },
    scales: {
      x: { range: (_, first, last) => [first - half, last + half] },
      y: { range: (_, __, most) => [0, Math.max(LEAST_HEIGHT, most)] },
    },
    axes: [
      { ...axis, grid: { show: false }, values: (_, splits) => splits.map((at) => mark(at, by)) },
      { ...axis, incrs: WHOLE_STEPS, size: 44 },
    ],
    series: [
      {},
      ...[...classes].reverse().map((name) => ({
        fill: colour(`--class-${name}`),
        stroke: colour('--pico-card-background-color'),
        width: 1,
        paths: bars,
        points: { show: false },
      })),
    ],
    hooks: { setCursor: [({ cursor }) => onPoint(cursor.idx ?? null)] },
  }
}

const SECONDS = { minute: 60, hour: 3600, day: 86_400 }

/** So that one request does not look like the most that there ever were. */
const LEAST_HEIGHT = 4

const WHOLE_STEPS = Array.from({ length: 9 }, (_, power) =>
  [1, 2, 5].map((step) => step * 10 ** power),
).flat()

const DAY = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' })

/** @param at seconds since the Unix epoch */
function mark(at: number, by: Usage['by']): string {
  const date = new Date(at * 1000)
  const isMidnight = at % SECONDS.day === 0
  return by === 'day' || isMidnight ? DAY.format(date) : date.toISOString().slice(11, 16)
}
