import { jsonExcessInSlices } from '../../http/json-bounds.ts'
import { restAfter } from '../../lib/large-json.ts'
import { inSlices } from '../../lib/sliced-work.ts'
import type { ApiRequest, ResponseFormat } from './api-request-config.ts'
import { type Csv, readCsv } from './csv.ts'
import { OUTPUT_CHARS_MAX, parsedOutput, tooLarge } from './output-bounds.ts'
import { StepError } from './step-work.ts'

/** What templates read of an answer (workflows/README.md, "Requests and code"); null is what its format has not. */
export type ApiRequestOutput = {
  /** The parsed JSON, the rows, or the text. */
  data: unknown
  status: number
  /** By lower-case name. */
  headers: Record<string, string>
  ok: boolean
  text: string | null
  rows: Csv['rows'] | null
  columns: string[] | null
  contentType: string | null
  sizeBytes: number
}

/** What is kept of a run must be walked, masked and written again; real answers are far below. */
const JSON_DEPTH_MAX = 64
const NO_END = Number.POSITIVE_INFINITY
const DEPTH_ONLY = { depth: JSON_DEPTH_MAX, values: NO_END, names: NO_END, orders: NO_END }

/**
 * Makes a step's output of an answer. An empty body is no JSON and no error; what is not UTF-8 text has neither
 * data nor text under `auto`.
 * @throws StepError STEP_ERROR where the body is not what the format asks for, or is compressed.
 */
export async function apiRequestOutput(
  response: Response,
  bytes: Uint8Array,
  { responseFormat, csvDelimiter }: Pick<ApiRequest, 'responseFormat' | 'csvDelimiter'>,
): Promise<ApiRequestOutput> {
  refuseCompressed(response)
  const contentType = response.headers.get('content-type')
  const format = responseFormat === 'auto' ? formatOf(contentType) : responseFormat
  return {
    status: response.status,
    headers: headersOf(response),
    ok: response.ok,
    contentType,
    sizeBytes: bytes.byteLength,
    ...NOTHING,
    ...(await read()),
  }

  async function read(): Promise<Partial<Content>> {
    try {
      const text = await decoded(bytes)
      return await contentOf(text, format, csvDelimiter, whatCame(response))
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error
      if (responseFormat === 'auto') return await textIfAny(bytes)
      throw unreadable(response, error.message)
    }
  }
}

// --- internal ---

type Content = Pick<ApiRequestOutput, 'data' | 'text' | 'rows' | 'columns'>

const NOTHING: Content = { data: null, text: null, rows: null, columns: null }

async function contentOf(
  text: string,
  format: ResponseFormat,
  csvDelimiter: string | null,
  what: string,
): Promise<Partial<Content>> {
  if (format === 'json') return { data: text.trim() === '' ? null : await parseJson(text, what) }
  // The text itself is a part of the output.
  if (text.length > OUTPUT_CHARS_MAX) throw tooLarge(what)
  if (format !== 'csv') return { data: text, text }
  const { columns, rows } = await inSlices(readCsv(text, csvDelimiter))
  return { data: rows, text, rows, columns }
}

function formatOf(contentType: string | null): ResponseFormat {
  const type = contentType?.split(';')[0]?.trim().toLowerCase() ?? ''
  if (/^(?:application|text)\/(?:[\w.-]+\+)?json$/.test(type)) return 'json'
  return type === 'text/csv' ? 'csv' : 'text'
}

/** The parser's own message would quote the body. @throws SyntaxError; OversizeError, which begins with `what` */
async function parseJson(text: string, what: string): Promise<unknown> {
  // Where nobody asked for JSON it is text, unlike what has too many values.
  const tooDeep = await inSlices(jsonExcessInSlices(text, DEPTH_ONLY))
  if (tooDeep !== null) throw new SyntaxError(tooDeep)
  await restAfter(text.length)
  try {
    return await parsedOutput(text, what)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw new SyntaxError('is not JSON')
  }
}

async function textIfAny(bytes: Uint8Array): Promise<Partial<Content>> {
  try {
    const text = await decoded(bytes)
    return { data: text, text }
  } catch {
    return {}
  }
}

const DECODED_AT_ONCE = 1024 * 1024

/** Rejects with SyntaxError. */
async function decoded(bytes: Uint8Array): Promise<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  const parts: string[] = []
  try {
    for (let from = 0; from < bytes.length; from += DECODED_AT_ONCE) {
      const piece = bytes.subarray(from, from + DECODED_AT_ONCE)
      parts.push(decoder.decode(piece, { stream: true }))
      await restAfter(piece.length)
    }
    parts.push(decoder.decode())
  } catch {
    throw new SyntaxError('is not UTF-8 text')
  }
  const text = parts.join('')
  await restAfter(text.length)
  return text
}

/** We ask for none and unpack none: a few bytes can become gigabytes. */
function refuseCompressed(response: Response): void {
  const encoding = response.headers.get('content-encoding') ?? 'identity'
  if (encoding.toLowerCase() !== 'identity')
    throw unreadable(response, 'is compressed, which was not asked for')
}

function unreadable(response: Response, problem: string): StepError {
  return new StepError('STEP_ERROR', `${whatCame(response)} ${problem}`)
}

function whatCame({ status }: Response): string {
  return `the server answered ${status}, and the body`
}

/** A header that came several times is one, with commas. */
function headersOf({ headers }: Response): Record<string, string> {
  return Object.fromEntries([...headers.keys()].map((name) => [name, headers.get(name) ?? '']))
}
