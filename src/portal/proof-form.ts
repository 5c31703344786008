import { Type as t } from '@sinclair/typebox'
import { AppError, invalid } from '../errors.ts'
import { readBytes } from '../http/body-bytes.ts'
import { parseJson } from '../http/json-body.ts'
import { createQueryValidator } from '../http/validator.ts'
import { isObject } from '../json-object.ts'
import { positionBody } from '../workfunder/schemas.ts'
import type { Upload } from './proof-intake.ts'

/** facts/workfunder-api.md 2.2 */
const FILE_BYTES_MAX = 10 * 1024 * 1024

/** What the other fields and the lines between them may take. */
const REST_BYTES_MAX = 64 * 1024

const TOO_LARGE = 'The file must not be larger than 10 MiB'

/**
 * Reads a proof as a form brings it: `file`, `type`, `latitude`, `longitude`, `device_info`.
 * @throws TOO_LARGE for a file past 10 MiB, INVALID_INPUT for each field that will not do.
 */
export async function readProofForm(request: Request): Promise<Upload> {
  const form = await readForm(request)
  const { file, ...fields } = Object.fromEntries(form)
  for (const name of form.keys()) {
    if (form.getAll(name).length > 1)
      throw invalid(Object.hasOwn(KNOWN, name) ? name : 'body', 'must be given once')
  }
  const { type = 'photo', latitude, longitude, device_info: deviceInfo } = checkFields(fields)
  if (!(file instanceof Blob)) throw invalid('file', 'must be a file')
  if (file.size > FILE_BYTES_MAX) throw new AppError('TOO_LARGE', TOO_LARGE)
  return { type, latitude, longitude, deviceInfo: readDeviceInfo(deviceInfo), bytes: await file.bytes() }
}

// --- internal ---

const fields = t.Object({
  ...positionBody.properties,
  type: t.Optional(
    t.Union([t.Literal('photo'), t.Literal('video'), t.Literal('signature')], {
      expected: 'one of photo, video, signature',
    }),
  ),
  device_info: t.Optional(t.String({ maxLength: 10_000, expected: 'JSON of at most 10000 characters' })),
})

const KNOWN = { file: true, ...fields.properties }

const checkFields = createQueryValidator(fields)

type Form = Awaited<ReturnType<Response['formData']>>

async function readForm(request: Request): Promise<Form> {
  const contentType = request.headers.get('content-type') ?? ''
  if (!/^multipart\/form-data\s*;/i.test(contentType)) {
    throw invalid('Content-Type', 'must be multipart/form-data')
  }
  const body = await readBytes(request, FILE_BYTES_MAX + REST_BYTES_MAX, TOO_LARGE)
  try {
    return await new Response(body, { headers: { 'Content-Type': contentType } }).formData()
  } catch {
    // The parser's own message is of its making, and may quote what it met.
    throw invalid('body', 'must be a multipart form')
  }
}

function readDeviceInfo(text: string | undefined): Record<string, unknown> {
  if (text === undefined) return {}
  const value = parseJson(text, 'device_info')
  if (isObject(value)) return value
  throw invalid('device_info', 'must be a JSON object')
}
