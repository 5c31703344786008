import { createPace, type Pace, type SlicedWork } from '../../lib/sliced-work.ts'
import { beginningOf } from '../../lib/text-search.ts'

/** One way in which a secret may stand in a text. `beginning`: what `createTextSearch` looks for first. */
export type SecretForm = { name: string; variant: string; text: string; beginning: string }

/** What filters make of a text (workflows/templates/filters.ts); they may stand one after another. */
const CHANGES: Record<string, (text: string) => string> = {
  '': (text) => text,
  upper: (text) => text.toUpperCase(),
  lower: (text) => text.toLowerCase(),
  trim: (text) => text.trim(),
  trim_upper: (text) => text.trim().toUpperCase(),
  trim_lower: (text) => text.trim().toLowerCase(),
}

const ENCODINGS: Record<string, (text: string) => string> = {
  raw: (text) => text,
  url: (text) => encodeURIComponent(text.toWellFormed()),
  path: (text) => Object.assign(new URL('http://a'), { pathname: text }).pathname.slice(1),
  query: (text) => Object.assign(new URL('http://a'), { search: text }).search.slice(1),
  form: (text) => new URLSearchParams([['', text]]).toString().slice(1),
  json: jsonEscaped,
  base64: (text) => Buffer.from(text).toString('base64'),
}

/** Written into markers, and so into stored runs: "raw", "upper_raw". */
export const VARIANTS = Object.entries(CHANGES).flatMap(([change, changeText]) =>
  Object.entries(ENCODINGS).map(([encoding, encode]) => ({
    variant: change === '' ? encoding : `${change}_${encoding}`,
    changeText,
    encode,
  })),
)

/** All forms of all secrets, the longest first, because a secret may be a part of another. */
export function* formsOfAll(secrets: Readonly<Record<string, string>>): SlicedWork<SecretForm[]> {
  const pace = createPace()
  const forms: SecretForm[] = []
  for (const [name, secret] of Object.entries(secrets)) {
    forms.push(...(yield* formsOf(name, secret, pace)))
  }
  return forms.sort((a, b) => b.text.length - a.text.length)
}

/**
 * A quick look whether a text may hold one of these: a workflow's secrets have hundreds of forms, and a value thousands of
 * short texts. Each four characters that follow one another are a number of 16 bits (what a character adds is shifted out
 * after four), and it is kept which of the numbers the beginnings of the forms are.
 * @returns false only for a text that holds none. True for one that is long: it may take longer than to search it.
 */
export function filterOf(forms: readonly string[]): (text: string) => boolean {
  if (forms.length === 0) return () => false
  // What is left of a secret that begins or ends with spaces may be shorter.
  if (forms.some(({ length }) => length < 4)) return () => true
  const begins = new Uint8Array(65_536)
  for (const form of forms) {
    let number = 0
    for (let at = 0; at < 4; at++) number = ((number << 4) ^ form.charCodeAt(at)) & 0xffff
    begins[number] = 1
  }
  return (text) => {
    if (text.length > FILTERED_CHARS_MAX) return true
    let number = 0
    for (let at = 0; at < text.length; at++) {
      number = ((number << 4) ^ text.charCodeAt(at)) & 0xffff
      if (begins[number] === 1 && at >= 3) return true
    }
    return false
  }
}

export function jsonEscaped(text: string): string {
  return JSON.stringify(text).slice(1, -1)
}

// --- internal ---

/** The forms that differ; what several have in common is found as the first of them. */
function* formsOf(name: string, secret: string, pace: Pace): SlicedWork<SecretForm[]> {
  const forms = new Map<string, SecretForm>()
  for (const { variant, changeText, encode } of VARIANTS) {
    if (pace(ENCODING_COST * secret.length)) yield
    const changed = changeText(secret)
    if (changed === '') continue
    const text = encode(changed)
    // A path loses its dots, and what is left of the secret may be a common word.
    if (text.length < changed.length || forms.has(text)) continue
    forms.set(text, { name, variant, text, beginning: beginningOf(text) })
  }
  return [...forms.values()]
}

/** What a character costs to change and encode, at worst: ΐ becomes three in capitals, and 18 when percent-encoded. */
const ENCODING_COST = 8

const FILTERED_CHARS_MAX = 1000
