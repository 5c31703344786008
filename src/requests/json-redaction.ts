import { isSecretName, REDACTED } from './secret-name.ts'

/**
 * JSON, also cut or broken, without the values of fields whose names are those of secrets, whatever they are; and with each
 * string that has escapes redacted as what it says.
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
    const colon = afterSpace(text, end)
    const valueAt = text[colon] === ':' ? afterSpace(text, colon + 1) : -1
    if (valueAt >= 0 && isSecretName(said)) {
      const valueEnd = endOfValue(text, valueAt)
      const shown = `"${REDACTED}"`
      out += text.slice(from, valueAt) + (valueEnd > valueAt ? shown : '')
      from = valueEnd
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
