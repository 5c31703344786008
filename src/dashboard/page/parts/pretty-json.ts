/** Deeper is not set in any further: what is sent may be nothing but brackets. */
const INDENT_MAX = 20

/** A string (also one that is cut off), a sign, or whatever else there is, such as a number. */
const TOKEN = /"(?:[^"\\]|\\[\s\S])*"?|[{}[\],:]|[^\s{}[\],:"]+/g

/**
 * Sets JSON in lines, also where it is cut. Each token stays as it was sent: parsed and written again, a large number would
 * be another one.
 * @returns null: it does not look like JSON.
 */
export function prettyJson(text: string): string | null {
  if (!/^\s*[[{]/.test(text)) return null
  const tokens = text.match(TOKEN) ?? []
  let depth = 0
  let out = ''
  const line = () => `\n${'  '.repeat(Math.min(depth, INDENT_MAX))}`
  for (const [index, token] of tokens.entries()) {
    const before = tokens[index - 1]
    const isOpened = before === '{' || before === '['
    if (token === '}' || token === ']') {
      depth = Math.max(0, depth - 1)
      out += isOpened ? token : line() + token
      continue
    }
    if (isOpened || before === ',') out += line()
    out += token === ':' ? ': ' : token
    if (token === '{' || token === '[') depth += 1
  }
  return out
}
