import { admin } from '../operations.ts'
import { Form, textOf, useAct } from '../parts/action.tsx'
import { toast } from '../parts/toast.tsx'

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']
const APIS = ['workflows', 'workfunder', 'portal', 'webhooks']
const STATUSES = ['401', '403', '409', '429', '500', '502', '503']

/** A new fault, or another in the place of the one of its name. What is wrong with it, the server tells. */
export function FaultForm({ onSet }: { onSet: () => Promise<void> }) {
  const act = useAct()
  async function set(form: FormData): Promise<void> {
    const { name } = await admin.faults.set(inputOf(form))
    await onSet()
    toast(`Fault ${name} is set`)
  }
  return (
    <Form title="Set a fault" does="Set" act={act} onSubmit={set}>
      <div class="fields">
        <Text name="name" label="Name" value="flaky" />
        <Text name="path" label="Path (* a part, ** any)" placeholder="/v1/tasks/**" />
        <Select name="method" label="Method" words={METHODS} />
        <Select name="api" label="API" words={APIS} />
        <Text name="key" label="Key (id or name)" />
        <Select name="status" label="Status" words={STATUSES} none="none" />
        <Text name="retryAfter" label="Retry-After, s" isNumber />
        <Text name="latencyMs" label="Late by, ms" isNumber />
        <Text name="jitterMs" label="Give or take, ms" isNumber />
        <Select name="drop" label="Cut off" words={['before', 'after']} none="no" />
        <Text name="times" label="So many times" isNumber />
        <Text name="probability" label="Share, 0 to 1" isNumber />
      </div>
      <label>
        <input type="checkbox" name="strict" /> 429 also for who comes back before Retry-After
      </label>
    </Form>
  )
}

// --- internal ---

/** What was left empty is left out; what is no number is sent as it was typed, so that its field is refused. */
function inputOf(form: FormData) {
  const text = (name: string) => textOf(form, name)
  const number = (name: string) => {
    const typed = text(name)
    return typed === undefined || typed === '' || Number.isNaN(Number(typed)) ? typed : Number(typed)
  }
  const match = { path: text('path'), method: text('method'), api: text('api'), key: text('key') }
  const answer = {
    status: number('status'),
    retryAfter: number('retryAfter'),
    strict: form.has('strict') ? true : undefined,
    latencyMs: number('latencyMs'),
    jitterMs: number('jitterMs'),
    drop: text('drop'),
  }
  return {
    name: text('name') ?? '',
    match,
    answer,
    times: number('times'),
    probability: number('probability'),
  }
}

type TextProps = { name: string; label: string; value?: string; placeholder?: string; isNumber?: boolean }

function Text({ name, label, value, placeholder, isNumber }: TextProps) {
  return (
    <label>
      {label}
      <input
        name={name}
        defaultValue={value}
        placeholder={placeholder}
        inputMode={isNumber ? 'decimal' : undefined}
        autocomplete="off"
        spellcheck={false}
      />
    </label>
  )
}

type SelectProps = { name: string; label: string; words: readonly string[]; none?: string }

function Select({ name, label, words, none = 'any' }: SelectProps) {
  return (
    <label>
      {label}
      <select name={name}>
        <option value="">{none}</option>
        {words.map((word) => (
          <option key={word}>{word}</option>
        ))}
      </select>
    </label>
  )
}
