import { Type as t } from '@sinclair/typebox'
import { version } from '../../../package.json'
import { CALLED_URL_LENGTH_MAX } from '../../egress/target-url.ts'
import { checked } from '../../http/checked.ts'
import type { Json } from '../../lib/json-object.ts'
import { badField, booleanField, choiceField, isMissing, wholeNumberField } from './config-field.ts'
import { boolean, choice, configOf, orNothing, orTemplate, wholeNumber } from './config-schema.ts'
import { NAMED_VALUES_MAX, namedValues } from './named-values.ts'

/** An API request as a step's config asks for it (workflows/README.md, "Requests and code"), checked. */
export type ApiRequest = {
  method: (typeof METHODS)[number]
  url: string
  headers: Record<string, string>
  /** Those of the headers that may prove who is asking. */
  privateHeaders: string[]
  body: Uint8Array<ArrayBuffer> | null
  responseFormat: ResponseFormat
  /** null: found out. */
  csvDelimiter: string | null
  /** How long one try may take, redirects and body included, in ms. */
  timeoutMs: number
  retries: number
  retryDelayMs: number
  retryMaxDelayMs: number
  maxResponseBytes: number
  failOnError: boolean
}

const FORMATS = ['auto', 'json', 'csv', 'text'] as const
export type ResponseFormat = (typeof FORMATS)[number]

/** Those of the vendor's catalog besides. */
const UNSERVED = ['pdf', 'binary'] as const

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD'] as const

/** Those that may be sent twice (RFC 9110, 9.2.2). */
const IDEMPOTENT = new Set(['GET', 'HEAD', 'PUT', 'DELETE'])

const REQUEST_TIMEOUT_MS = { min: 1, max: 300_000, otherwise: 30_000 }
const RETRIES = { min: 0, max: 10, otherwise: 0 }
const RETRY_DELAY_MS = { min: 0, max: 300_000, otherwise: 1000 }
const RETRY_MAX_DELAY_MS = { min: 0, max: 300_000, otherwise: 30_000 }
const RESPONSE_BYTES = { min: 1, max: 50 * 1024 * 1024, otherwise: 10 * 1024 * 1024 }
const URL_LENGTH_MAX = 10_000
const BODY_BYTES_MAX = 10 * 1024 * 1024

/** Servers take 8 to 32 KiB of headers. */
const HEADERS_LENGTH_MAX = 65_536

/** What a request's config must keep to as it is written. */
export function apiRequestSchema() {
  const [last, ...methods] = METHODS.toReversed()
  return configOf({
    url: t.String({ minLength: 1, maxLength: URL_LENGTH_MAX }),
    method: t.Optional(choice(METHODS, `a method: ${methods.toReversed().join(', ')} or ${last}`)),
    params: t.Optional(table()),
    body: t.Optional(t.Unknown()),
    headers: t.Optional(table()),
    responseFormat: t.Optional(
      choice(FORMATS, `one of ${FORMATS.join(', ')} (${UNSERVED.join(' and ')} are not served by Keyward)`),
    ),
    csvDelimiter: t.Optional(
      orNothing(
        checked((value) => delimiterIn(value) !== null, DELIMITER),
        DELIMITER,
      ),
    ),
    timeout: t.Optional(wholeNumber(REQUEST_TIMEOUT_MS)),
    retries: t.Optional(wholeNumber(RETRIES)),
    retryDelayMs: t.Optional(wholeNumber(RETRY_DELAY_MS)),
    retryMaxDelayMs: t.Optional(wholeNumber(RETRY_MAX_DELAY_MS)),
    retryNonIdempotent: t.Optional(boolean()),
    maxResponseBytes: t.Optional(wholeNumber(RESPONSE_BYTES)),
    failOnError: t.Optional(boolean()),
  })
}

/** @throws StepError VALIDATION_ERROR naming the field, never its value. */
export function readApiRequest(config: Json): ApiRequest {
  const method = choiceField(config, 'method', METHODS, 'GET')
  const { body, contentType } = readBody(config.body, method)
  const headers = readHeaders(config, contentType)
  const mayRetry = IDEMPOTENT.has(method) || booleanField(config, 'retryNonIdempotent', false)
  const retries = wholeNumberField(config, 'retries', RETRIES)
  const retryDelayMs = wholeNumberField(config, 'retryDelayMs', RETRY_DELAY_MS)
  // A default bound must not shorten the delay that the step asks for.
  const otherwise = Math.max(RETRY_MAX_DELAY_MS.otherwise, retryDelayMs)
  return {
    method,
    url: readUrl(config),
    headers,
    privateHeaders: Object.keys(headers).filter((name) => !HARMLESS.has(name)),
    body,
    responseFormat: readFormat(config),
    csvDelimiter: readDelimiter(config.csvDelimiter),
    timeoutMs: wholeNumberField(config, 'timeout', REQUEST_TIMEOUT_MS),
    retries: mayRetry ? retries : 0,
    retryDelayMs,
    retryMaxDelayMs: wholeNumberField(config, 'retryMaxDelayMs', { ...RETRY_MAX_DELAY_MS, otherwise }),
    maxResponseBytes: wholeNumberField(config, 'maxResponseBytes', RESPONSE_BYTES),
    failOnError: booleanField(config, 'failOnError', false),
  }
}

// --- internal ---

/** The connection's own, which the one who makes the connection sets. */
const RESERVED = new Set([
  ...['host', 'content-length', 'transfer-encoding', 'accept-encoding', 'expect'],
  ...['connection', 'keep-alive', 'proxy-connection', 'proxy-authorization', 'te', 'trailer', 'upgrade'],
])

/** Those that say nothing of who is asking; an API key may stand in any other. */
const HARMLESS = new Set(['accept', 'accept-language', 'content-type', 'user-agent'])

function readUrl(config: Json): string {
  const url = typeof config.url === 'string' ? URL.parse(config.url.trim()) : null
  if (!url || !/^https?:$/.test(url.protocol)) throw badField('url', 'must be an http or https URL')
  if (url.username !== '' || url.password !== '') {
    throw badField('url', 'must not contain a user name or a password: set the Authorization header')
  }
  const added = new URLSearchParams(namedValues(config, 'params')).toString()
  // Not through url.searchParams, which would write what stands there already in another way.
  url.search = [url.search.slice(1), added].filter((part) => part !== '').join('&')
  url.hash = ''
  if (url.href.length > CALLED_URL_LENGTH_MAX) {
    throw badField('url', `must not exceed ${CALLED_URL_LENGTH_MAX} characters, params included`)
  }
  return url.href
}

/** @returns by lower-case name. */
function readHeaders(config: Json, contentType: string | null): Record<string, string> {
  const headers = new Headers({ 'user-agent': `Keyward/${version}` })
  if (contentType !== null) headers.set('content-type', contentType)
  for (const [name, value] of namedValues(config, 'headers')) {
    // A token, and what a field may hold (RFC 9110, 5.5 and 5.6.2): no line break gets through.
    if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name)) throw badField('headers', 'must have names that HTTP allows')
    if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) {
      throw badField('headers', 'must have values without line breaks, control characters and beyond Latin-1')
    }
    const reserved = name.toLowerCase()
    if (RESERVED.has(reserved)) throw badField('headers', `must not set ${reserved}: Keyward sets it`)
    headers.set(name, value)
  }
  const entries = [...headers]
  const length = entries.reduce((sum, [name, value]) => sum + name.length + value.length, 0)
  if (length > HEADERS_LENGTH_MAX)
    throw badField('headers', `must not exceed ${HEADERS_LENGTH_MAX} characters`)
  return Object.fromEntries(entries)
}

/** Text is sent as it stands, everything else as JSON. */
function readBody(given: unknown, method: string): Pick<ApiRequest, 'body'> & { contentType: string | null } {
  if (isMissing(given) || method === 'GET' || method === 'HEAD') return { body: null, contentType: null }
  const isText = typeof given === 'string'
  const body = Buffer.from(isText ? given : JSON.stringify(given))
  if (body.byteLength > BODY_BYTES_MAX) throw badField('body', `must not exceed ${BODY_BYTES_MAX} bytes`)
  return { body, contentType: isText ? 'text/plain; charset=utf-8' : 'application/json' }
}

function readFormat(config: Json): ResponseFormat {
  const format = choiceField(config, 'responseFormat', [...FORMATS, ...UNSERVED], 'auto')
  if (format === 'pdf' || format === 'binary') {
    throw badField('responseFormat', `${format} is not served by Keyward: use ${FORMATS.join(', ')}`)
  }
  return format
}

function readDelimiter(given: unknown): string | null {
  if (isMissing(given)) return null
  const delimiter = delimiterIn(given)
  if (delimiter === null) throw badField('csvDelimiter', `must be ${DELIMITER}`)
  return delimiter
}

const DELIMITER = 'one character, no quote and no line break'

/** Tab may be written as in code, because a form's field cannot hold one. */
function delimiterIn(given: unknown): string | null {
  const delimiter = given === '\\t' ? '\t' : given
  return typeof delimiter === 'string' && /^[^\r\n"\ufeff]$/.test(delimiter) ? delimiter : null
}

/** Studio saves tables as rows of Key and Value; the older form is an object. */
function table() {
  const cell = t.Union([t.String(), t.Number(), t.Boolean(), t.Null()])
  const rows = t.Union([
    t.Object({ Key: t.String(), Value: cell }),
    t.Object({ key: t.String(), value: cell }),
  ])
  return orTemplate(
    t.Union([t.Record(t.String(), cell), t.Array(rows, { maxItems: NAMED_VALUES_MAX })]),
    'an object of texts, numbers and booleans, or a list of rows { Key, Value }',
  )
}
