/** 128 bits as four unsigned words of 32, the first ones of a UUID's text first. */
export type Words128 = { readonly a: number; readonly b: number; readonly c: number; readonly d: number }

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** @returns null where the text is not a UUID as `uuidOf` would write it. */
export function uuidWords(text: string): Words128 | null {
  if (!UUID.test(text)) return null
  const hex = text.replaceAll('-', '')
  const word = (at: number) => Number.parseInt(hex.slice(at, at + 8), 16)
  return { a: word(0), b: word(8), c: word(16), d: word(24) }
}

/** @returns the UUID with these bits, in lower case. */
export function uuidOf({ a, b, c, d }: Words128): string {
  const [second, third] = [hexOf(b), hexOf(c)]
  return `${hexOf(a)}-${second.slice(0, 4)}-${second.slice(4)}-${third.slice(0, 4)}-${third.slice(4)}${hexOf(d)}`
}

// --- internal ---

function hexOf(word: number): string {
  return word.toString(16).padStart(8, '0')
}
