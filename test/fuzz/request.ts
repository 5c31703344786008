import fc, { type Arbitrary } from 'fast-check'
import { isObject } from '../../src/lib/json-object.ts'
import type { Document } from '../helpers/api-document.ts'
import { JPEG } from '../helpers/portal-app.ts'
import {
  contentTypes,
  hostileBodies,
  hostileQueries,
  hostileSegments,
  hostileTexts,
  inUrl,
  spoilt,
} from './hostile.ts'
import { idAt, idText, nths, upToParameter } from './known-ids.ts'
import type { Operation } from './operation.ts'
import type { Sender } from './sender.ts'
import { valuesOf } from './value.ts'

/** A request before it is sent: with places for ids (known-ids.ts), and for a key the name of who sends it. */
export type Draft = {
  /** Of what operation it is, in good will or bad. */
  operation: Operation
  method: string
  /** With the query. */
  path: string
  sender: Sender
  headers: [name: string, value: string][]
  /** Bytes, as Latin-1. */
  body: string | null
}

/** Requests to all operations of a document, most of them nearly as it says; some more often than others. */
export function requestsTo(operations: readonly Operation[], document: Document): Arbitrary<Draft> {
  return fc.oneof(
    ...operations.map((operation) => ({
      weight: weightOf(operation),
      arbitrary: requestsOf(operation, document),
    })),
  )
}

/** How often an operation is asked, next to others: 4 is usual. */
export function weightOf({ template, body }: Operation): number {
  // A definition of a workflow holds more rules than all other bodies.
  if (JSON.stringify(body?.schema ?? {}).includes(STEP)) return 16
  if (template.endsWith('/run')) return 10
  // A long time, with all that comes due in it.
  if (template === ADVANCE) return 3
  return 4
}

export const ADVANCE = '/_dev/clock/advance'

const STEP = '"#/components/schemas/Step"'

// --- internal ---

const OTHER_METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']

/** One in how many is hostile there. With all of them, some half of the requests are as they should be. */
const SELDOM = 12

function mostly<T>(usual: Arbitrary<T>, other: Arbitrary<T>): Arbitrary<T> {
  return fc.oneof({ weight: SELDOM - 1, arbitrary: usual }, { weight: 1, arbitrary: other })
}

function requestsOf(operation: Operation, document: Document): Arbitrary<Draft> {
  const { method, template } = operation
  const methods = mostly(fc.constant(method), fc.constantFrom(...OTHER_METHODS))
  const paths = mostly(pathsOf(template), pathsOf(template).chain(oddPaths))
  return fc
    .tuple(methods, paths, queriesOf(operation, document), senders, bodiesOf(operation, document), oddHeaders)
    .map(([method, path, query, sender, [type, body], headers]) => ({
      operation,
      method,
      path: path + query,
      sender,
      headers: [
        ...(type === null || body === null ? [] : [['Content-Type', type] as [string, string]]),
        ...headers,
      ],
      body: method === 'GET' || method === 'HEAD' ? null : body,
    }))
}

const senders = mostly<Sender>(
  fc.constantFrom('good', 'good', 'good', 'second'),
  fc.constantFrom<Sender>('other', 'narrow', 'revoked', 'unknown', 'none', 'foreign'),
)

/** All parameters of one thing that exists, mostly; else each of another, or of none. */
function pathsOf(template: string): Arbitrary<string> {
  const parts = template.split(/(\{\w+\})/)
  const names = parts.filter((_, i) => i % 2 === 1)
  if (names.length === 0) return fc.constant(template)
  const place = upToParameter(template)
  const filled = (values: readonly string[]) =>
    parts.map((part, i) => (i % 2 === 1 ? (values[(i - 1) / 2] ?? '') : part)).join('')
  const ofOne = fc
    .tuple(fc.constantFrom(template, template, place), nths)
    .map(([place, nth]) => filled(names.map((_, i) => idText(place, nth, i))))
  const mixed = fc.tuple(...names.map((_, i) => fc.oneof(idAt(place, i), hostileSegments))).map(filled)
  return mostly(ofOne, mixed)
}

function oddPaths(path: string): Arbitrary<string> {
  const segment = path.split('/').findLast((part) => /^[a-z]/.test(part)) ?? ''
  return fc.constantFrom(
    `${path}/`,
    `${path}//`,
    `${path}/more`,
    `${path}%2F`,
    `${path};a=b`,
    `${path}/..%2f`,
    path.replace(segment, segment.toUpperCase()),
    path.replace(segment, `%${segment.charCodeAt(0).toString(16)}${segment.slice(1)}`),
    path.replace(`/${segment}`, `//${segment}`),
  )
}

function queriesOf({ query, template }: Operation, document: Document): Arbitrary<string> {
  const surface = surfaceOf(template)
  const parameters = query.map(({ name, schema, required }) => {
    const fitting = valuesOf(
      { type: 'object', required: [name], properties: { [name]: schema } },
      document,
      surface,
    )
    const good = fitting.map((one) => (isObject(one) ? String(one[name]) : ''))
    const text = mostly(good, hostileTexts).map((text) => `&${name}=${inUrl(text)}`)
    const missing = fc.constant('')
    return required ? mostly(text, missing) : fc.oneof(text, missing)
  })
  const told = fc.tuple(...parameters).map((texts) => texts.join(''))
  const all = mostly(
    told,
    fc.tuple(told, hostileQueries).map(([query, end]) => query + end),
  )
  return all.map((query) => query && `?${query.slice(1)}`)
}

/** /_dev of /_dev/clock */
function surfaceOf(template: string): string {
  return `/${template.split('/')[1]}`
}

type Body = [type: string | null, body: string | null]

function bodiesOf({ body, method, template }: Operation, document: Document): Arbitrary<Body> {
  // Webhooks come in any form, so their operations have no schema.
  const anything: Arbitrary<Body> =
    method === 'POST'
      ? fc.jsonValue({ maxDepth: 3 }).map((value): Body => ['application/json', jsonText(value)])
      : NO_BODY
  if (!body) return mostly(anything, fc.tuple(contentTypes, hostileBodies))
  const fitting = valuesOf(body.schema, document, surfaceOf(template))
  const values = fc.oneof({ weight: 2, arbitrary: fitting }, { weight: 1, arbitrary: spoilt(fitting) })
  const written = body.type === 'application/json' ? values.map(asJson) : values.map(asForm)
  const spoiltType = fc.tuple(
    contentTypes,
    written.map(([, text]) => text),
  )
  const usual = body.isRequired ? written : fc.oneof(written, NO_BODY)
  return mostly(
    usual,
    fc.oneof(spoiltType, fc.tuple(fc.constant('application/json'), hostileBodies), NO_BODY),
  )
}

const NO_BODY: Arbitrary<Body> = fc.constant([null, null])

function asJson(value: unknown): Body {
  return ['application/json', jsonText(value)]
}

function jsonText(value: unknown): string {
  return Buffer.from(JSON.stringify(value) ?? '').toString('latin1')
}

const BOUNDARY = 'fuzz-4f1c'

function asForm(value: unknown): Body {
  const fields = isObject(value) ? Object.entries(value) : []
  const parts = fields.map(([name, field]) => {
    const isFile = name === 'file' && typeof field === 'string'
    const head = `Content-Disposition: form-data; name="${name}"${isFile ? '; filename="a.jpg"' : ''}`
    const text = isFile
      ? JPEG.toString('latin1')
      : Buffer.from(typeof field === 'string' ? field : JSON.stringify(field)).toString('latin1')
    return `--${BOUNDARY}\r\n${head}\r\n\r\n${text}\r\n`
  })
  return [`multipart/form-data; boundary=${BOUNDARY}`, `${parts.join('')}--${BOUNDARY}--\r\n`]
}

const oddHeaders: Arbitrary<[string, string][]> = mostly(
  fc.constant([]),
  fc.subarray<[string, string]>([
    ['X-Request-Id', 'a b\tc'],
    ['traceparent', '00-ffffffffffffffffffffffffffffffff-ffffffffffffffff-ff'],
    ['X-Forwarded-For', '1.2.3.4, ::1, unknown'],
    ['Accept', 'text/html;q=x'],
    ['Accept-Encoding', 'gzip, br'],
    ['Range', 'bytes=0-0,-1'],
    ['If-None-Match', '*'],
    ['X-HTTP-Method-Override', 'DELETE'],
    ['Cookie', 'x'.repeat(4000)],
  ]),
)
