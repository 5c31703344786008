import { useState } from 'preact/hooks'
import { admin } from '../operations.ts'
import { Form, textOf, useAct } from '../parts/action.tsx'
import { Badge } from '../parts/badge.tsx'
import type { ShownKey } from './key-view.tsx'

type Explanation = Awaited<ReturnType<typeof admin.keys.explain>>

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']

/** What a request with the key would meet, check by check. Nothing is counted and nothing is done. */
export function Explain({ of: { id, api } }: { of: ShownKey }) {
  const [explanation, setExplanation] = useState<Explanation | null>(null)
  const act = useAct()

  async function explain(form: FormData): Promise<void> {
    setExplanation(null)
    const [method = '', path = ''] = [textOf(form, 'method'), textOf(form, 'path')]
    setExplanation(await admin.keys.explain({ key: id, method, path }))
  }

  return (
    <section class="card" aria-label="Explain">
      <h2>What would a request meet?</h2>
      <Form title="Explain a request" does="Explain" act={act} onSubmit={explain}>
        <div class="asked">
          <select name="method" aria-label="Method">
            {METHODS.map((method) => (
              <option key={method}>{method}</option>
            ))}
          </select>
          <input
            name="path"
            aria-label="Path"
            required
            autocomplete="off"
            defaultValue={api === 'workflows' ? '/api/v1/workflows' : '/v1/tasks'}
          />
        </div>
      </Form>
      <div role="status">{explanation && <Checks of={explanation} />}</div>
    </section>
  )
}

// --- internal ---

function Checks({ of: { checks, refusal } }: { of: Explanation }) {
  return (
    <>
      <ol class="checks">
        {checks.map(({ check, outcome, detail }) => (
          <li key={check} class={outcome === 'not reached' ? 'muted' : undefined}>
            <strong>{check}</strong> <Badge status={outcome} /> {detail}
          </li>
        ))}
      </ol>
      <p>
        {refusal
          ? `It is answered ${refusal.status}${refusal.code ? ` ${refusal.code}` : ''}.`
          : 'It is let in: the operation begins.'}
      </p>
    </>
  )
}
