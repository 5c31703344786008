import { lazily } from '../../lib/lazily.ts'
import { StepError } from './step-work.ts'

export type SecretMask = {
  /**
   * Puts a marker in the place of each secret, in every string and name of a JSON value; markers that are there
   * already stay. Numbers stay as they are, whatever they are.
   * @throws StepError STEP_ERROR for a value nested deeper than 256 levels; so does `reveal`.
   */
  hide(value: unknown): unknown
  /**
   * Puts the secrets back, each in the form it was found in; in JSON text inside a string, escaped as it needs.
   * @throws StepError VALIDATION_ERROR naming a secret that there is no more.
   */
  reveal(value: unknown): unknown
  /** As it may be kept for whoever may read it: *** in the place of each secret. @throws as `hide` */
  cover(value: unknown): unknown
}

/**
 * Keeps secrets out of what is stored of a run. A secret is found as it is and as the templates' filters change it
 * (in capitals, in small letters, without the space around it); each of these as it is, percent-encoded (by itself,
 * and as a URL's path, its query and a form have it), JSON-escaped and in base64. Not in parts, and not inside a
 * base64 of more than itself.
 * @param secrets values by name (letters, digits and underscores); an empty one is passed over.
 * @param nonce nobody outside may know it, for whoever can write a marker has the secret put in its place.
 */
export function createSecretMask(secrets: Readonly<Record<string, string>>, nonce: string): SecretMask {
  const marker = markerPattern(nonce)
  // Longest first: a secret may be a part of another.
  const forms = Object.entries(secrets)
    .flatMap(([name, secret]) => formsOf(name, secret))
    .sort((a, b) => b.text.length - a.text.length)
  const texts = new Map(forms.map(({ name, variant, text }) => [`${name}:${variant}`, text]))

  function hideText(text: string): string {
    if (!forms.some((form) => text.includes(form.text))) return text
    let parts = splitKeeping(text, marker)
    for (const { name, variant, text: form } of forms) {
      if (!text.includes(form)) continue
      const shown = `\u0001${signOf(nonce)}${name}:${variant}\u0001`
      parts = parts.flatMap((part) => (part.isMarker ? [part] : replaced(part.text, form, shown)))
    }
    return parts.map((part) => part.text).join('')
  }

  function revealText(text: string): string {
    return text.replace(marker, (_, bracket: string, name: string, variant: string) => {
      const form = texts.get(`${name}:${variant}`)
      if (form === undefined) throw new StepError('VALIDATION_ERROR', `The secret ${name} is no longer there`)
      return bracket === '\u0001' ? form : jsonEscaped(form)
    })
  }

  return {
    hide: (value) => mapStrings(value, hideText),
    reveal: (value) => mapStrings(value, revealText),
    cover: (value) => showMasked(mapStrings(value, hideText), nonce),
  }
}

/** For whoever may read a run: each marker as ***. Names that become the same by it are one. */
export function showMasked(value: unknown, nonce: string): unknown {
  const marker = lazily(() => markerPattern(nonce))
  // Nearly no text has a marker, and to look for a plain text is far less work than to ask the pattern.
  const sign = signOf(nonce)
  const show = (text: string) => (text.includes(sign) ? text.replace(marker(), '***') : text)
  return mapStrings(value, show, SHOWN_DEPTH_MAX)
}

// --- internal ---

type Form = { name: string; variant: string; text: string }
type Part = { text: string; isMarker: boolean }

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
const VARIANTS = Object.entries(CHANGES).flatMap(([change, changeText]) =>
  Object.entries(ENCODINGS).map(([encoding, encode]) => ({
    variant: change === '' ? encoding : `${change}_${encoding}`,
    changeText,
    encode,
  })),
)

/** A request's JSON is 64 levels at most; what is made of it is a few more. */
const DEPTH_MAX = 256

/** What was hidden stands in the steps of a run when it is shown, which is a few levels more. */
const SHOWN_DEPTH_MAX = DEPTH_MAX + 16

/** The forms that differ; what several have in common is found as the first of them. */
function formsOf(name: string, secret: string): Form[] {
  const forms = new Map<string, Form>()
  for (const { variant, changeText, encode } of VARIANTS) {
    const changed = changeText(secret)
    if (changed === '') continue
    const text = encode(changed)
    // A path loses its dots, and what is left of the secret may be a common word.
    if (text.length >= changed.length && !forms.has(text)) forms.set(text, { name, variant, text })
  }
  return [...forms.values()]
}

/** What every marker holds. */
function signOf(nonce: string): string {
  return `kw:${nonce}:`
}

/** The first group is the bracket: the character itself, or as JSON writes it where the text is JSON. */
function markerPattern(nonce: string): RegExp {
  const bracket = '(\\u0001|\\\\u0001)'
  return new RegExp(
    `${bracket}${RegExp.escape(signOf(nonce))}(\\w+):(${VARIANTS.map(({ variant }) => variant).join('|')})\\1`,
    'g',
  )
}

function splitKeeping(text: string, marker: RegExp): Part[] {
  const parts: Part[] = []
  let end = 0
  for (const match of text.matchAll(marker)) {
    parts.push({ text: text.slice(end, match.index), isMarker: false }, { text: match[0], isMarker: true })
    end = match.index + match[0].length
  }
  return [...parts, { text: text.slice(end), isMarker: false }]
}

function replaced(text: string, form: string, marker: string): Part[] {
  return text
    .split(form)
    .flatMap((part, at): Part[] => [
      ...(at > 0 ? [{ text: marker, isMarker: true }] : []),
      { text: part, isMarker: false },
    ])
}

function jsonEscaped(text: string): string {
  return JSON.stringify(text).slice(1, -1)
}

/** What stays as it is is not copied: to copy 10 MiB of small values takes ten times as long as to look at them. */
function mapStrings(value: unknown, map: (text: string) => string, levels = DEPTH_MAX): unknown {
  if (typeof value === 'string') return map(value)
  if (typeof value !== 'object' || value === null) return value
  if (levels === 0) throw new StepError('STEP_ERROR', `a value is nested deeper than ${DEPTH_MAX} levels`)
  const mapInside = (item: unknown) => mapStrings(item, map, levels - 1)
  return Array.isArray(value) ? mapItems(value, mapInside) : mapFields(value, map, mapInside)
}

function mapItems(items: unknown[], mapItem: (item: unknown) => unknown): unknown[] {
  let changed: unknown[] | null = null
  for (let at = 0; at < items.length; at++) {
    const mapped = mapItem(items[at])
    if (mapped !== items[at]) changed ??= items.slice(0, at)
    changed?.push(mapped)
  }
  return changed ?? items
}

function mapFields(fields: object, mapName: (name: string) => string, mapItem: (item: unknown) => unknown) {
  const names = Object.keys(fields)
  let changed: [string, unknown][] | null = null
  let at = 0
  for (const name of names) {
    const item: unknown = Reflect.get(fields, name)
    const mappedName = mapName(name)
    const mapped = mapItem(item)
    if (mappedName !== name || mapped !== item) {
      changed ??= names.slice(0, at).map((before) => [before, Reflect.get(fields, before)])
    }
    changed?.push([mappedName, mapped])
    at += 1
  }
  return changed ? Object.fromEntries(changed) : fields
}
