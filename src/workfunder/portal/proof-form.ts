import { Type as t } from '@sinclair/typebox'
import { AppError, invalid } from '../../errors.ts'
import { readBytes } from '../../http/body-bytes.ts'
import { parseJson } from '../../http/json-body.ts'
import { oneOf } from '../../http/one-of.ts'
import { createQueryValidator } from '../../http/validator.ts'
import { isObject } from '../../lib/json-object.ts'
import { positionBody } from '../api/schemas.ts'
import { PROOF_TYPES } from '../tasks/task.ts'
import type { Upload } from './proof-intake.ts'

/** workfunder/README.md, "Proofs" */
const FILE_BYTES_MAX = 10 * 1024 * 1024

/** What the other fields and the lines between them may take. */
const REST_BYTES_MAX = 64 * 1024

const TOO_LARGE = 'The file must not be larger than 10 MiB'

/** The form has five fields; thousands of parts would cost time. */
const PARTS_MAX = 20

/** All but the file, which is no text. */
const fields = t.Object({
  ...positionBody.properties,
  type: t.Optional(oneOf(PROOF_TYPES)),
  device_info: t.Optional(t.String({ maxLength: 10_000, expected: 'JSON of at most 10000 characters' })),
})

/** What the form holds, for the portal's document. */
export const proofForm = t.Object({ file: t.String({ contentMediaType: 'image/*' }), ...fields.properties })

/**
 * Reads a proof as a form brings it: `file`, `type`, `latitude`, `longitude`, `device_info`.
 * @param late ends the reading when it is aborted
 * @throws TOO_LARGE for a file past 10 MiB, INVALID_INPUT for each field that will not do, UNAVAILABLE when late.
 */
export async function readProofForm(request: Request, late: AbortSignal): Promise<Upload> {
  const form = await readForm(request, late)
  const { file, ...fields } = Object.fromEntries(form)
  refuseRepeated(form)
  const { type = 'photo', latitude, longitude, device_info: deviceInfo } = checkFields(fields)
  if (!(file instanceof Blob)) throw invalid('file', 'must be a file')
  if (file.size > FILE_BYTES_MAX) throw new AppError('TOO_LARGE', TOO_LARGE)
  return { type, latitude, longitude, deviceInfo: readDeviceInfo(deviceInfo), bytes: await file.bytes() }
}

// --- internal ---

const KNOWN = { file: true, ...fields.properties }

const checkFields = createQueryValidator(fields)

type Form = Awaited<ReturnType<Response['formData']>>

async function readForm(request: Request, late: AbortSignal): Promise<Form> {
  const boundary = boundaryOf(request.headers.get('content-type') ?? '')
  const body = await readBytes(request, FILE_BYTES_MAX + REST_BYTES_MAX, TOO_LARGE, late)
  refuseManyParts(body, boundary)
  try {
    // With the same boundary by which the parts were counted, whatever else the client's header says.
    const headers = { 'Content-Type': `multipart/form-data; boundary="${boundary}"` }
    return await new Response(body, { headers }).formData()
  } catch {
    // The parser's own message is dropped, because it may quote the body.
    throw invalid('body', 'must be a multipart form')
  }
}

/** RFC 2046, 5.1.1: up to 70 characters of a few, in quotation marks or without. */
function boundaryOf(contentType: string): string {
  const pattern = /^multipart\/form-data\s*;(?:.*?;)?\s*boundary=(?:"([^"]+)"|([^\s;"]+))\s*(?:;|$)/i
  const [, quoted, plain] = pattern.exec(contentType) ?? []
  const boundary = quoted ?? plain ?? ''
  if (/^[\w'()+,./:=? -]{1,70}$/.test(boundary)) return boundary
  throw invalid('Content-Type', 'must be multipart/form-data with a boundary')
}

/** Counted before the form is taken apart: 10 MiB may hold 100,000 parts. */
function refuseManyParts(body: Buffer, boundary: string): void {
  const delimiter = `--${boundary}`
  let parts = 0
  for (let at = body.indexOf(delimiter); at >= 0; at = body.indexOf(delimiter, at + delimiter.length)) {
    // The last boundary closes the form.
    if (++parts > PARTS_MAX + 1) throw invalid('body', `must not have more than ${PARTS_MAX} parts`)
  }
}

function refuseRepeated(form: Form): void {
  const seen = new Set<string>()
  for (const name of form.keys()) {
    if (seen.has(name)) throw invalid(Object.hasOwn(KNOWN, name) ? name : 'body', 'must be given once')
    seen.add(name)
  }
}

function readDeviceInfo(text: string | undefined): Record<string, unknown> {
  if (text === undefined) return {}
  const value = parseJson(text, 'device_info')
  if (isObject(value)) return value
  throw invalid('device_info', 'must be a JSON object')
}
