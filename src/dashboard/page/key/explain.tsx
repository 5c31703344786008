import { useState } from 'preact/hooks'
import { admin } from '../operations.ts'
import { Form, textOf, useAct } from '../parts/action.tsx'
import { Card } from '../parts/card.tsx'
import { Checks } from '../parts/checks.tsx'
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
    <Card title="What would a request meet?">
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
      <div role="status">{explanation && <Met of={explanation} />}</div>
    </Card>
  )
}

// --- internal ---

function Met({ of: { checks, refusal } }: { of: Explanation }) {
  return (
    <>
      <Checks label="Checks" of={checks} />
      <p class="met">
        {refusal
          ? `It is answered ${refusal.status}${refusal.code ? ` ${refusal.code}` : ''}.`
          : 'It is let in: the operation begins.'}
      </p>
    </>
  )
}
