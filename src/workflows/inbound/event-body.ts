import { invalid } from '../../errors.ts'
import { isJsonType, parseIfJson, parseJson, toText } from '../../http/json-body.ts'
import type { InboundRequest } from './inbound-request.ts'

/**
 * Reads the body of an event by its content type. JSON under a JSON type must be JSON; a form becomes an
 * object, in which a name that stands several times has a list; nothing at all is an empty object. Under any
 * other type it is JSON if it reads as an object or a list (some senders call it text/plain), else
 * `{ raw: <the text> }`.
 * @throws INVALID_INPUT for bytes that are not UTF-8, a form of too many fields, and JSON that cannot be read or that
 * we cannot keep.
 */
export function readEventBody({ headers, bytes }: InboundRequest): unknown {
  const contentType = headers.get('content-type')
  const text = toText(bytes)
  if (isJsonType(contentType)) return parseJson(text, 'body')
  if (FORM.test(contentType ?? '')) return parseJson(JSON.stringify(formFields(text)), 'body')
  if (text === '') return {}
  const json = /^\s*[{[]/.test(text) ? parseIfJson(text, 'body') : undefined
  return json === undefined ? { raw: text } : json
}

// --- internal ---

const FORM = /^application\/x-www-form-urlencoded\s*(?:;|$)/i

/** More than any provider's form has. */
const FIELDS_MAX = 1000

/** Counted before the form is taken apart: 1 MiB may hold 500,000 fields. */
function formFields(text: string): Record<string, string | string[]> {
  if (text.split('&', FIELDS_MAX + 1).length > FIELDS_MAX) {
    throw invalid('body', `must not have more than ${FIELDS_MAX} fields`)
  }
  const named = Map.groupBy(new URLSearchParams(text), ([name]) => name)
  return Object.fromEntries(
    Array.from(named, ([name, fields]) => {
      const [first = '', ...more] = fields.map(([, value]) => value)
      return [name, more.length > 0 ? [first, ...more] : first]
    }),
  )
}
