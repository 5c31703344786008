import { Refusal } from '../operations.ts'
import { textOf } from './action.tsx'

/** Where JSON is typed. */
export function JsonField({ name, label, value }: { name: string; label: string; value: string }) {
  return (
    <label>
      {label}
      <textarea class="json-field" name={name} rows={8} spellcheck={false} defaultValue={value} />
    </label>
  )
}

/** @returns what was typed; undefined where it was left empty. @throws Refusal that says where it is no JSON */
export function jsonOf(form: FormData, name: string): unknown {
  const text = textOf(form, name)
  if (text === undefined) return undefined
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new Refusal('INVALID_INPUT', `${name} is not JSON: ${error instanceof Error ? error.message : ''}`)
  }
}
