import { invalid } from '../errors.ts'
import { isJsonType, parseJson, toText } from '../http/json-body.ts'
import type { Arrival } from './arrival.ts'

/**
 * Reads the body of an event by its content type. JSON under a JSON type must be JSON; a form becomes an
 * object, in which a name that stands several times has a list; nothing at all is an empty object. Under any
 * other type it is JSON if it reads as an object or a list (some senders call it text/plain), else
 * `{ raw: <the text> }`.
 * @throws INVALID_INPUT for bytes that are not UTF-8, a form of too many fields, and JSON that is none or that
 * we cannot keep.
 */
export function readEventBody({ headers, bytes }: Arrival): unknown {
  const contentType = headers.get('content-type')
  const text = toText(bytes)
  if (isJsonType(contentType)) return parseJson(text, 'body')
  if (FORM.test(contentType ?? '')) return parseJson(JSON.stringify(formFields(text)), 'body')
  if (text === '') return {}
  return /^\s*[{[]/.test(text) && isJson(text) ? parseJson(text, 'body') : { raw: text }
}

// --- internal ---

const FORM = /^application\/x-www-form-urlencoded\s*(?:;|$)/i

/** More than any provider's form has. */
const FIELDS_MAX = 1000

function formFields(text: string): Record<string, string | string[]> {
  const fields = new URLSearchParams(text)
  if (fields.size > FIELDS_MAX) throw invalid('body', `must not have more than ${FIELDS_MAX} fields`)
  const names = new Set(fields.keys())
  return Object.fromEntries(
    Array.from(names, (name) => {
      const [first = '', ...more] = fields.getAll(name)
      return [name, more.length > 0 ? [first, ...more] : first]
    }),
  )
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
