import { useEffect, useRef, useState } from 'preact/hooks'
import { walk, walked } from '../walk.ts'
import { type Arrow, type Box, type Drawing, HEADER, layoutOf } from './layout.ts'
import type { Graph } from './placed.ts'

/** How far a step is: its status, and that in a few words. */
export type Light = { status: string; text: string }

type Props = {
  graph: Graph
  /** The step that is looked at. */
  selected: string | undefined
  onSelect: (id: string) => void
  /** Of a run, by the id of the step. */
  lights?: ReadonlyMap<string, Light>
}

/** A workflow as it runs: an arrow from each step to those that wait for it, a frame around what a loop or parallel holds. */
export function GraphView({ graph, selected, onSelect, lights }: Props) {
  const [drawing, setDrawing] = useState<Drawing | 'tangled' | null>(null)
  const view = useRef<HTMLElement>(null)
  useEffect(() => {
    let isWanted = true
    void layoutOf(graph).then((made) => isWanted && setDrawing(made ?? 'tangled'))
    return () => {
      isWanted = false
    }
  }, [graph])
  useEffect(() => showIn(view.current), [selected, drawing])

  if (drawing === 'tangled') return <p class="muted">{graph.edges.length} arrows: too many to draw.</p>
  if (graph.nodes.length === 0) return <p class="muted">There is no step that would run.</p>
  if (!drawing) return <p class="waiting">Drawing …</p>
  const tabStop = drawing.boxes.some(({ id }) => id === selected) ? selected : drawing.boxes[0]?.id
  return (
    <section ref={view} class="graph" aria-label="Steps; the arrow keys walk" onKeyDown={walk}>
      <div class="sheet" style={{ width: px(drawing.width), height: px(drawing.height) }}>
        <Lines drawing={drawing} lights={lights} />
        {drawing.boxes.map((box) => (
          <Step
            key={box.id}
            box={box}
            light={lights?.get(box.id)}
            isSelected={box.id === selected}
            isTabStop={box.id === tabStop}
            onSelect={onSelect}
          />
        ))}
      </div>
    </section>
  )
}

// --- internal ---

/** Brings the step that is looked at into the drawing's own window; the page stays where it is. */
function showIn(view: HTMLElement | null): void {
  const node = view?.querySelector<HTMLElement>('[aria-pressed=true]')
  if (!view || !node) return
  const { offsetLeft: left, offsetTop: top } = node
  const isSeen =
    left >= view.scrollLeft &&
    left + node.offsetWidth <= view.scrollLeft + view.clientWidth &&
    top >= view.scrollTop &&
    top + node.offsetHeight <= view.scrollTop + view.clientHeight
  if (!isSeen) view.scrollTo({ left: left - view.clientWidth / 3, top: top - view.clientHeight / 3 })
}

type StepProps = {
  box: Box
  light: Light | undefined
  isSelected: boolean
  isTabStop: boolean
  onSelect: (id: string) => void
}

function Step({ box, light, isSelected, isTabStop, onSelect }: StepProps) {
  const { id, name, type, isContainer } = box
  return (
    <button
      type="button"
      class={`node ${isContainer ? 'container' : ''} ${light?.status ?? ''}`}
      style={placeOf(box)}
      title={name === null ? id : `${name} (${id})`}
      aria-pressed={isSelected}
      onClick={() => onSelect(id)}
      {...walked(isTabStop)}
    >
      <b>{name ?? id}</b>
      <small>{light ? `${type} · ${light.text}` : type}</small>
    </button>
  )
}

function placeOf({ x, y, width, height, isContainer }: Box) {
  return { left: px(x), top: px(y), width: px(width), height: px(isContainer ? HEADER : height) }
}

function px(length: number): string {
  return `${length}px`
}

function Lines({ drawing, lights }: { drawing: Drawing; lights?: ReadonlyMap<string, Light> }) {
  const isOff = ({ from, to }: Arrow) => [from, to].some((id) => lights?.get(id)?.status === 'skipped')
  return (
    <svg width={drawing.width} height={drawing.height} aria-hidden="true">
      <marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
        <path d="M0 0 8 4 0 8z" />
      </marker>
      {drawing.boxes
        .filter(({ isContainer }) => isContainer)
        .map(({ id, x, y, width, height }) => (
          <rect key={id} x={x} y={y} width={width} height={height} rx={6} />
        ))}
      {drawing.arrows.map((arrow) => (
        <g key={`${arrow.from} ${arrow.to} ${arrow.label}`} class={isOff(arrow) ? 'off' : undefined}>
          <path class="arrow" d={curve(arrow.points)} marker-end="url(#arrow)" />
          {arrow.label !== null && (
            <text x={arrow.labelAt.x} y={arrow.labelAt.y + 4} text-anchor="middle">
              {arrow.label}
            </text>
          )}
        </g>
      ))}
    </svg>
  )
}

/** Bent where dagre's line has its corners. */
function curve(points: Arrow['points']): string {
  const [first, ...rest] = points
  const last = rest.pop()
  if (!first || !last) return ''
  const bends = rest.map(({ x, y }, i) => {
    const next = rest[i + 1]
    return next ? `Q${x} ${y} ${(x + next.x) / 2} ${(y + next.y) / 2}` : `Q${x} ${y} ${last.x} ${last.y}`
  })
  return `M${first.x} ${first.y}${bends.length > 0 ? bends.join('') : `L${last.x} ${last.y}`}`
}
