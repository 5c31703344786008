import { isWithin } from '../../lib/json-size.ts'
import { lazily } from '../../lib/lazily.ts'
import { createPace, inSlices, type Pace, type SlicedWork } from '../../lib/sliced-work.ts'
import { createTextParts } from '../../lib/text-parts.ts'
import { createTextSearch, searchCost, type TextSearch } from '../../lib/text-search.ts'
import { OversizeError } from './output-bounds.ts'
import { filterOf, formsOfAll, jsonEscaped, type SecretForm, VARIANTS } from './secret-forms.ts'
import { StepError } from './step-work.ts'

/** Works on what may be megabytes, and lets others have their turn meanwhile. */
export type SecretMask = {
  /**
   * Puts a marker in the place of each secret, in every string and name of a JSON value; markers that are there
   * already stay. Numbers stay as they are, whatever they are.
   * Rejects with StepError STEP_ERROR for a value nested deeper than 256 levels, as `reveal` does, and for a text that becomes
   * larger than 12 MiB.
   */
  hide(value: unknown): Promise<unknown>
  /**
   * Puts the secrets back, each in the form it was found in; in JSON text inside a string, escaped as it needs.
   * Rejects with StepError VALIDATION_ERROR naming a secret that no longer exists.
   */
  reveal(value: unknown): Promise<unknown>
  /**
   * A text that is too long to be shown whole: its first characters, then …. A secret that the cut goes through is hidden as a
   * whole, because a piece of it would not be recognised. Rejects as `hide`.
   */
  shortened(text: string, charsMax: number): Promise<string>
  /** As it may be kept for whoever may read it: *** in the place of each secret. Rejects as `hide`. */
  cover(value: unknown): Promise<unknown>
}

/**
 * Keeps secrets out of what is stored of a run. A secret is found as it is and as the templates' filters change it
 * (in capitals, in small letters, without the space around it); each of these as it is, percent-encoded (by itself,
 * and as a URL's path, its query and a form have it), JSON-escaped and in base64. Not in parts, and not inside a
 * base64 of more than itself. Of secrets that overlap, the first is found, and the longest that begins there.
 * @param secrets values by name (letters, digits and underscores), each of at least 4 characters; an empty one is passed over.
 * @param nonce nobody outside may know it, for whoever can write a marker has the secret put in its place.
 */
export async function createSecretMask(
  secrets: Readonly<Record<string, string>>,
  nonce: string,
): Promise<SecretMask> {
  const forms = await inSlices(formsOfAll(secrets))
  const texts = new Map(forms.map(({ name, variant, text }) => [`${name}:${variant}`, text]))
  const marker = markerPattern(nonce)
  const sign = signOf(nonce)

  const longest = forms[0]?.text.length ?? 0
  const withMarkers = (text: string, pace: Pace, charsMax = text.length) =>
    hidden(text, { forms, marker, sign, pace, charsMax })

  const hiding: TextChange = { mayTouch: filterOf(forms.map(({ text }) => text)), change: withMarkers }
  const revealing: TextChange = {
    mayTouch: (text) => text.includes(sign),
    change: (text, pace) =>
      replaced(text, marker, pace, ([, bracket, name, variant]) => {
        const form = texts.get(`${name}:${variant}`)
        if (form === undefined)
          throw new StepError('VALIDATION_ERROR', `The secret ${name} is no longer there`)
        return bracket === '\u0001' ? form : jsonEscaped(form)
      }),
  }

  return {
    hide: (value) => inSlices(changed(value, hiding)),
    async shortened(text, charsMax) {
      if (text.length <= charsMax) return text
      const enough = text.slice(0, charsMax + longest)
      return `${(await inSlices(withMarkers(enough, createPace(), charsMax))).toWellFormed()}…`
    },
    reveal: (value) => inSlices(changed(value, revealing)),
    cover: async (value) => inSlices(showMasked(await inSlices(changed(value, hiding)), nonce)),
  }
}

/** For whoever may read a run: each marker as ***. Names that become the same by it are one. @throws as `hide` */
export function* showMasked(value: unknown, nonce: string): SlicedWork<unknown> {
  // Nearly no text has a marker, and to look for a plain text is far less work than to ask the pattern.
  const sign = signOf(nonce)
  const mayTouch = (text: string) => text.includes(sign)
  const isGood = (text: string) => !mayTouch(text)
  if (isWithin(value, QUICK_CHARS_MAX, { levelsMax: SHOWN_DEPTH_MAX, isGood })) return value
  const marker = lazily(() => markerPattern(nonce))
  const showing: TextChange = {
    mayTouch,
    change: (text, pace) => replaced(text, marker(), pace, () => '***'),
  }
  return yield* changed(value, showing, SHOWN_DEPTH_MAX)
}

// --- internal ---

/** Where a form is found next in the rest of a text; -1: nowhere. */
type Place = { form: SecretForm; at: number; next: TextSearch }

/** What becomes of the texts of a value. `mayTouch` is the quick look: false means that the text stays as it is. */
type TextChange = {
  mayTouch(text: string): boolean
  change(text: string, pace: Pace): SlicedWork<string>
}

/** A request's JSON is 64 levels at most; what is made of it is a few more. */
const DEPTH_MAX = 256

/** What was hidden stands in the steps of a run when it is shown, which is a few levels more. */
const SHOWN_DEPTH_MAX = DEPTH_MAX + 16

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

/**
 * A marker is several times as long as a short secret. An output of 10 MiB may hold thousands of them; what is all secrets would
 * be 100 MB on disk, and is put together in one turn that all others wait for.
 */
const HIDDEN_MIB_MAX = 12
const HIDDEN_CHARS_MAX = HIDDEN_MIB_MAX * 1024 * 1024
const HIDDEN_TOO_LARGE = `A text is larger than ${HIDDEN_MIB_MAX} MiB when its secrets are hidden`

type Hiding = { forms: readonly SecretForm[]; marker: RegExp; sign: string; pace: Pace; charsMax: number }

/** The first characters of a text, with a marker for each form that begins in them, between the markers that it has. */
function* hidden(text: string, { forms, marker, sign, pace, charsMax }: Hiding): SlicedWork<string> {
  const places = yield* firstPlaces(text, forms, pace)
  if (places.length === 0) return text.slice(0, charsMax)
  const parts = createTextParts()
  let from = 0
  for (const match of text.includes(sign) ? text.matchAll(marker) : []) {
    if (match.index >= charsMax) break
    yield* hideUpTo(match.index)
    parts.push(match[0])
    from = match.index + match[0].length
  }
  yield* hideUpTo(text.length)
  return yield* parts.joined()

  function* hideUpTo(end: number): SlicedWork<void> {
    for (let place = yield* nextPlace(end); place; place = yield* nextPlace(end)) {
      const { form, at } = place
      if (at >= charsMax) break
      parts.push(text.slice(from, at))
      parts.push(`\u0001${sign}${form.name}:${form.variant}\u0001`)
      from = at + form.text.length
      if (parts.length() > HIDDEN_CHARS_MAX) throw new OversizeError(HIDDEN_TOO_LARGE)
      if (pace(MATCH_COST)) yield
    }
    parts.push(text.slice(from, Math.min(end, charsMax)))
  }

  function* nextPlace(end: number): SlicedWork<Place | undefined> {
    let next: Place | undefined
    for (const place of places) {
      if (place.at !== -1 && place.at < from) place.at = yield* place.next(from)
      if (place.at === -1 || place.at + place.form.text.length > end) continue
      if (!next || place.at < next.at) next = place
    }
    if (pace(places.length)) yield
    return next
  }
}

/** Of each form that the text has, the first. */
function* firstPlaces(text: string, forms: readonly SecretForm[], pace: Pace): SlicedWork<Place[]> {
  const places: Place[] = []
  for (const form of forms) {
    if (pace(searchCost(text.length))) yield
    if (!text.includes(form.beginning)) continue
    const next = createTextSearch(text, form.text, pace)
    const at = yield* next(0)
    if (at !== -1) places.push({ form, at, next })
  }
  return places
}

function* replaced(
  text: string,
  pattern: RegExp,
  pace: Pace,
  replacement: (match: RegExpExecArray) => string,
): SlicedWork<string> {
  const parts = createTextParts()
  let from = 0
  for (const match of text.matchAll(pattern)) {
    parts.push(text.slice(from, match.index))
    parts.push(replacement(match))
    if (pace(match.index - from + MATCH_COST)) yield
    from = match.index + match[0].length
  }
  if (from === 0) return text
  parts.push(text.slice(from))
  return yield* parts.joined()
}

/** What a match costs, in characters. */
const MATCH_COST = 64

/** A value so small is looked through in some 0.1 ms, a tenth of the time of `changed`; most of what is shown is, and has no marker. */
const QUICK_CHARS_MAX = 64 * 1024

/** What stays as it is is not copied: to copy 10 MiB of small values takes ten times as long as to look at them. */
function* changed(value: unknown, { mayTouch, change }: TextChange, levels = DEPTH_MAX): SlicedWork<unknown> {
  const pace = createPace()
  return typeof value === 'string' ? yield* changedText(value) : yield* changedInside(value, levels)

  function* changedText(text: string): SlicedWork<string> {
    if (pace(VALUE_COST + text.length)) yield
    return mayTouch(text) ? yield* change(text, pace) : text
  }

  function* changedInside(item: unknown, left: number): SlicedWork<unknown> {
    if (typeof item !== 'object' || item === null) return item
    if (left === 0) throw new StepError('STEP_ERROR', `a value is nested deeper than ${DEPTH_MAX} levels`)
    return Array.isArray(item) ? yield* changedItems(item, left - 1) : yield* changedFields(item, left - 1)
  }

  function* changedItems(items: unknown[], left: number): SlicedWork<unknown[]> {
    let copy: unknown[] | null = null
    for (let at = 0; at < items.length; at++) {
      const item: unknown = items[at]
      const now = typeof item === 'string' ? yield* changedText(item) : yield* changedInside(item, left)
      if (now !== item) copy ??= items.slice(0, at)
      copy?.push(now)
    }
    return copy ?? items
  }

  function* changedFields(fields: object, left: number): SlicedWork<object> {
    const names = Object.keys(fields)
    let copy: [string, unknown][] | null = null
    for (let at = 0; at < names.length; at++) {
      const name = names[at] ?? ''
      const item: unknown = Reflect.get(fields, name)
      const nowNamed = yield* changedText(name)
      const now = typeof item === 'string' ? yield* changedText(item) : yield* changedInside(item, left)
      if (nowNamed !== name || now !== item) {
        copy ??= names.slice(0, at).map((before) => [before, Reflect.get(fields, before)])
      }
      copy?.push([nowNamed, now])
    }
    return copy ? Object.fromEntries(copy) : fields
  }
}

/** What a value costs to look at, in characters. */
const VALUE_COST = 8
