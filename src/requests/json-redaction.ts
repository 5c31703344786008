import { isSecretName, REDACTED } from './secret-name.ts'

/**
 * JSON, also cut or broken, without the values of fields whose names are those of secrets, whatever they are, and of rows
 * ({ Key, Value }) that say such a name; and with each string that has escapes redacted as what it says.
 * @param redactedInner redacts a text
 */
export function redactedJson(text: string, redactedInner: (text: string) => string): string {
  let out = ''
  let from = 0
  let at = text.indexOf('"')
  while (at >= 0) {
    const end = stringEnd(text, at)
    const raw = text.slice(at, end)
    const said = saidBy(raw)
    const valueAt = valueOfField(text, end)
    const secretAt = valueAt < 0 ? -1 : secretOf(text, said, valueAt)
    if (secretAt >= 0) {
      const secretEnd = endOfValue(text, secretAt)
      out += text.slice(from, secretAt) + (secretEnd > secretAt ? `"${REDACTED}"` : '')
      from = secretEnd
    } else if (raw.includes('\\')) {
      const shown = redactedInner(said)
      if (shown !== said) {
        out += text.slice(from, at) + JSON.stringify(shown)
        from = end
      }
    }
    at = text.indexOf('"', Math.max(from, end))
  }
  return out + text.slice(from)
}

// --- internal ---

/** What a row calls its two halves. */
const ROW_NAME = /^(?:key|name|header|field|parameter)$/i
const ROW_VALUE = /^value$/i

/** Where the value of a field begins whose name ends here; -1: it is no field. */
function valueOfField(text: string, nameEnd: number): number {
  const colon = afterSpace(text, nameEnd)
  return text[colon] === ':' ? afterSpace(text, colon + 1) : -1
}

/** Where a secret begins that a field says there is: its own value, or the one beside it. -1: there is none. */
function secretOf(text: string, name: string, valueAt: number): number {
  if (ROW_NAME.test(name) || ROW_VALUE.test(name)) {
    const first = stringAt(text, valueAt)
    const comma = first === null ? -1 : afterSpace(text, first.end)
    const second = text[comma] === ',' ? stringAt(text, afterSpace(text, comma + 1)) : null
    const secondAt = second === null ? -1 : valueOfField(text, second.end)
    if (first !== null && second !== null && secondAt >= 0) {
      if (ROW_VALUE.test(second.said) && isSecretName(first.said)) return secondAt
      const isNamedAfter = ROW_VALUE.test(name) && ROW_NAME.test(second.said)
      if (isNamedAfter && isSecretName(stringAt(text, secondAt)?.said ?? '')) return valueAt
    }
  }
  return isSecretName(name) ? valueAt : -1
}

function stringAt(text: string, start: number): { said: string; end: number } | null {
  if (text[start] !== '"') return null
  const end = stringEnd(text, start)
  return { said: saidBy(text.slice(start, end)), end }
}

/** Behind the closing quote; the end of the text where there is none. */
function stringEnd(text: string, start: number): number {
  let at = start + 1
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1
  return Math.min(at + 1, text.length)
}

/** What a string of JSON says, also a cut one; of a broken one what stands there. */
function saidBy(raw: string): string {
  if (raw.includes('\\')) {
    for (const closed of [raw, `${raw}"`, `${raw.replace(/\\u?[\da-f]{0,3}$/i, '')}"`]) {
      try {
        return JSON.parse(closed)
      } catch {}
    }
  }
  return raw.replaceAll('"', '')
}

function afterSpace(text: string, start: number): number {
  let at = start
  while (at < text.length && /\s/.test(text[at] ?? '')) at += 1
  return at
}

/** Where the value that begins here ends; the end of the text where it does not. */
function endOfValue(text: string, start: number): number {
  let depth = 0
  let at = start
  while (at < text.length) {
    const char = text[at] ?? ''
    if (char === '"') at = stringEnd(text, at)
    else if ('[{'.includes(char)) at = goTo(1)
    else if (']}'.includes(char)) {
      if (depth === 0) return at
      at = goTo(-1)
    } else if (depth === 0 && /[,\r\n]/.test(char)) return at
    else at += 1
    if (depth === 0 && /["\]}]/.test(text[at - 1] ?? '')) return at
  }
  return text.length

  function goTo(change: number): number {
    depth += change
    return at + 1
  }
}
