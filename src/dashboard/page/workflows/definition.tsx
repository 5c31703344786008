import { Badge } from '../parts/badge.tsx'
import { JsonShown } from '../parts/json-shown.tsx'
import { Panel } from '../parts/panel.tsx'
import type { WorkflowDetails } from './workflow.tsx'

type Definition = WorkflowDetails['definition']

/** Of one step, as its account has written it. */
export function StepDefinition({
  step,
  onClose,
}: {
  step: Definition['steps'][number]
  onClose: () => void
}) {
  const { id, name, type, config, ...rest } = step
  return (
    <Panel title={name ?? id} badges={<Badge status={type} tone="plain" />} onClose={onClose}>
      <p class="muted">
        <code>{id}</code>
      </p>
      <JsonShown title="Config" of={whole(config)} />
      {Object.keys(rest).length > 0 && <JsonShown title="Besides" of={whole(rest)} />}
    </Panel>
  )
}

/** All of it, for who wants to read or take it. */
export function Definition({ of }: { of: Definition }) {
  return (
    <details class="card">
      <summary>Definition as JSON</summary>
      <JsonShown title="Definition" of={whole(of)} />
    </details>
  )
}

// --- internal ---

/** A definition is bounded where it comes in: a mebibyte. */
function whole(value: unknown): { json: string; bytes: number; cut: boolean } {
  const json = JSON.stringify(value)
  return { json, bytes: new Blob([json]).size, cut: false }
}
