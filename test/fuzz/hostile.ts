import fc, { type Arbitrary } from 'fast-check'
import { isObject } from '../../src/lib/json-object.ts'

/** Texts that programs trip over. */
const TEXTS = [
  '',
  ' ',
  'NaN',
  'Infinity',
  '-1',
  '1e400',
  '0x10',
  'null',
  'undefined',
  '__proto__',
  'constructor',
  'hasOwnProperty',
  '\0',
  'a\0b',
  '\ud800',
  '\udfff\ud800',
  '\u202egnp.exe',
  'ﷺ'.repeat(50),
  '🏳️‍🌈',
  '%00',
  '%',
  '../../../../etc/passwd',
  "' OR 1=1 --",
  '<script>alert(1)</script>',
  '{{',
  '{{input}}',
  '{{steps.a.output.b.c}}',
  '{{secrets.TOKEN}}',
  '⟦/v1/tasks/{id}#0.0⟧',
  '9999-12-31T23:59:59.999Z',
  '+275760-09-13T00:00:00Z',
  'x'.repeat(300),
  'y'.repeat(70_000),
]

const NUMBERS = [0, -0, -1, 0.5, 1e-320, 1e308, -1e308, 2 ** 31, 2 ** 53, 2 ** 53 + 2, -(2 ** 63)]

/** What stands where another type was wanted; `null` of an object with a name of Object.prototype, and so on. */
const SHAPES = [
  null,
  true,
  [],
  {},
  [[[]]],
  [null],
  { toString: 1 },
  { length: -1 },
  { then: 'x' },
  { constructor: { prototype: null } },
  JSON.parse('{"__proto__":{"isAdmin":true}}'),
  Array(2000).fill(0),
  nested(60),
  nested(500),
  Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`k${i}`, i])),
]

export const hostileTexts = fc.constantFrom(...TEXTS)

const hostileValues: Arbitrary<unknown> = fc.oneof(
  hostileTexts,
  fc.constantFrom(...NUMBERS),
  fc.constantFrom(...SHAPES),
  fc.jsonValue({ maxDepth: 4 }),
)

/** JSON with one thing in it, at any depth, replaced, taken out or put in besides. */
export function spoilt(values: Arbitrary<unknown>): Arbitrary<unknown> {
  const change = fc.constantFrom('replace', 'replace', 'remove', 'add')
  return fc
    .tuple(values, fc.nat(), change, hostileValues, hostileTexts)
    .map(([value, nth, change, put, name]) => {
      const places = placesIn(value)
      const place = places[nth % places.length] ?? []
      return changedAt(value, place, change, put, name)
    })
}

/** Bodies that are no JSON, or none that can be kept; as bytes in Latin-1. */
export const hostileBodies = fc.constantFrom(
  '',
  'null',
  '"text"',
  '0',
  '[]',
  '{',
  '}',
  '{"a":1}{',
  "{'a':1}",
  '{"a":NaN}',
  '{"a":1e999}',
  '{"a":-1e999}',
  '{"a":"\\ud800"}',
  '{"__proto__":{"a":1}}',
  '{"name":"a","name":1,"steps":[],"steps":0}',
  '\xef\xbb\xbf{}',
  '\xff\xfe{\0}\0',
  '{"a":"\xc3\x28"}',
  '\0',
  '['.repeat(5000),
  `${'['.repeat(64)}${']'.repeat(64)}`,
  `{"a":${'9'.repeat(5000)}}`,
  `[${'0,'.repeat(100_001)}0]`,
)

export const contentTypes = fc.constantFrom(
  null,
  '',
  'text/plain',
  'application/json; charset=utf-16',
  'application/vnd.api+json',
  'APPLICATION/JSON',
  'application/jsonx',
  'application/x-www-form-urlencoded',
  'multipart/form-data',
  'multipart/form-data; boundary=',
  'multipart/form-data; boundary="a;b"',
  `application/json; ${'a'.repeat(3000)}`,
)

/** A part of a path, as it is sent. */
export const hostileSegments = fc.oneof(
  hostileTexts.map(inUrl),
  fc.constantFrom(
    '%',
    '%zz',
    '%ff',
    '%C0%80',
    '%2e%2e',
    '%2F',
    'a%2Fb',
    '..;',
    '.',
    ':id',
    '*',
    '{id}',
    'a'.repeat(5000),
    '00000000-0000-0000-0000-000000000000',
  ),
)

/** Ends of a query string, as they are sent. */
export const hostileQueries = fc.constantFrom(
  '&',
  '&&=',
  '&=a',
  '&limit=&limit=5',
  '&limit=1&limit=x',
  '&limit[]=1',
  '&cursor=%ff%fe',
  '&cursor=eyJhIjoxfQ',
  '&a=%',
  '&%=a',
  '&__proto__=1',
  '&toString=1',
  '&status=a%00b',
  '?a',
  `&a=${'b'.repeat(5000)}`,
  '&limit=1e1&offset=-0',
  '&limit=%EF%BC%91',
)

/** Bun refuses a head of more than 16 KiB itself, before anything of ours. */
const URL_TEXT_MAX = 4000

/** A text as a part of a URL, which may end in the middle of an escape. */
export function inUrl(text: string): string {
  return encodeURIComponent(text.toWellFormed()).slice(0, URL_TEXT_MAX)
}

// --- internal ---

type Place = (string | number)[]

function nested(depth: number): unknown {
  return Array.from({ length: depth }).reduce((inner) => ({ a: [inner] }), 1)
}

/** Where all values of a value stand, itself first. */
function placesIn(value: unknown): Place[] {
  const inner = Array.isArray(value) ? [...value.entries()] : isObject(value) ? Object.entries(value) : []
  return [[], ...inner.flatMap(([name, one]) => placesIn(one).map((place): Place => [name, ...place]))]
}

function changedAt(value: unknown, place: Place, change: string, put: unknown, name: string): unknown {
  const [first, ...rest] = place
  if (first === undefined) {
    if (change === 'replace') return put
    if (Array.isArray(value)) return change === 'add' ? [...value, put] : value.slice(1)
    return isObject(value) && change === 'add' ? { ...value, [name]: put } : put
  }
  if (Array.isArray(value)) {
    if (rest.length === 0 && change === 'remove') return value.filter((_, i) => i !== first)
    return value.map((one, i) => (i === first ? changedAt(one, rest, change, put, name) : one))
  }
  if (!isObject(value)) return put
  const entries = Object.entries(value).filter(
    ([key]) => rest.length > 0 || change !== 'remove' || key !== first,
  )
  return Object.fromEntries(
    entries.map(([key, one]) => [key, key === first ? changedAt(one, rest, change, put, name) : one]),
  )
}
