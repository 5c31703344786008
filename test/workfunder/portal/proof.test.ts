import { describe, expect, test } from 'bun:test'
import {
  chownSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { loggedDuring } from '../../helpers/logged.ts'
import { JPEG, jpegOf, PNG, pngOf, portalApp, proofForm } from '../../helpers/portal-app.ts'
import { until } from '../../helpers/until.ts'

const MIB = 1024 * 1024
/** A user who owns nothing here. */
const NOBODY = 65_534

async function setUp(options: Parameters<typeof portalApp>[0] = {}) {
  const keyward = await portalApp(options)
  const { portal, startTask, proofsFolder } = keyward
  const id = await startTask()
  const submit = (change: Record<string, string | Blob | undefined> = {}, options = {}) =>
    portal(`POST /tasks/${id}/proof`, { body: proofForm(change), ...options })
  const files = () => (existsSync(proofsFolder) ? readdirSync(proofsFolder) : [])
  return { ...keyward, id, submit, files }
}

describe('a proof', () => {
  test('is kept in the data folder for its owner alone, and the developer sees it', async () => {
    const { id, submit, files, developer, proofsFolder, ada } = await setUp()
    const { status, json } = await submit({ device_info: '{"platform":"ios"}' })
    expect([status, json]).toEqual([
      201,
      { proof_id: json.proof_id, attempt_number: 1, geo_valid: true, distance_from_task_meters: 0 },
    ])
    const [name = ''] = files()
    expect(name).toMatch(/^[0-9a-f]{32}\.jpg$/)
    expect(readFileSync(join(proofsFolder, name)).equals(JPEG)).toBe(true)
    expect(statSync(join(proofsFolder, name)).mode & 0o777).toBe(0o600)
    expect(statSync(proofsFolder).mode & 0o777).toBe(0o700)
    expect((await developer(`GET /tasks/${id}`)).json.status).toBe('proof_submitted')
    expect((await developer(`GET /tasks/${id}/proofs`)).json.data).toMatchObject([
      {
        id: json.proof_id,
        worker_id: ada.id,
        type: 'photo',
        content_type: 'image/jpeg',
        status: 'pending',
        file_size_bytes: JPEG.length,
        device_info: { platform: 'ios' },
      },
    ])
  })

  test('is what its bytes say, whatever the client calls it; its name becomes no path', async () => {
    const { id, submit, files, developer } = await setUp()
    await submit({ file: new File([PNG], '../../../etc/passwd', { type: 'text/html' }) })
    expect(files()).toEqual([expect.stringMatching(/^[0-9a-f]{32}\.png$/)])
    const [proof] = (await developer(`GET /tasks/${id}/proofs`)).json.data
    expect(proof).toMatchObject({ content_type: 'image/png', file_size_bytes: PNG.length })
  })

  test('counts as made there within 500 m, by haversine', async () => {
    const { submit } = await setUp()
    const { json } = await submit({ latitude: '40.7624' })
    expect([json.geo_valid, json.distance_from_task_meters]).toEqual([true, 489])
  })

  test('from farther away is taken, and marked for the reviewer', async () => {
    const { id, submit, developer } = await setUp()
    const { status, json } = await submit({ latitude: '40.7626' })
    expect([status, json.geo_valid, json.distance_from_task_meters]).toEqual([201, false, 511])
    const [proof] = (await developer(`GET /tasks/${id}/proofs`)).json.data
    expect(proof).toMatchObject({ geo_valid: false, distance_from_task_meters: 511 })
  })

  test('may be tried three times; after the third rejection the money is back', async () => {
    const { id, submit, files, developer } = await setUp()
    for (const attempt of [1, 2, 3]) {
      const { status, json } = await submit()
      expect([status, json.attempt_number]).toEqual([201, attempt])
      await developer(`POST /tasks/${id}/proofs/${json.proof_id}/reject`, { reason: 'blurred' })
    }
    expect((await developer(`GET /tasks/${id}`)).json.status).toBe('refunded')
    expect((await developer('GET /account')).json.balance_cents).toBe(50_000)
    expect((await submit()).status).toBe(409)
    expect(files()).toHaveLength(3)
  })

  test('that is approved pays its worker', async () => {
    const { id, submit, developer, app, ada } = await setUp()
    const { proof_id: proofId } = (await submit()).json
    await developer(`POST /tasks/${id}/proofs/${proofId}/approve`)
    expect([app.ledger.earned(ada.id), app.ledger.escrow(id), app.ledger.total()]).toEqual([4200, 0, 0])
  })

  test('of exactly 10 MiB is taken', async () => {
    const { submit, files } = await setUp()
    const file = new File([JPEG, new Uint8Array(10 * MIB - JPEG.length)], 'big.jpg')
    expect((await submit({ file })).status).toBe(201)
    expect(files()).toHaveLength(1)
  })
})

describe('a proof is refused, and leaves no file,', () => {
  test.each([
    [
      'a file that is neither JPEG nor PNG',
      { file: new File(['GIF89a'], 'a.jpg', { type: 'image/jpeg' }) },
      'file',
    ],
    ['an empty file', { file: new File([], 'a.jpg') }, 'file'],
    ['no file', { file: undefined }, 'file'],
    ['a file that is text', { file: 'ÿØÿ' }, 'file'],
    ['a JPEG of 10,001 × 10,000 pixels', { file: new File([jpegOf(10_001, 10_000)], 'a.jpg') }, 'file'],
    ['a PNG of 4,294,967,295 pixels', { file: new File([pngOf(0xffff_ffff, 1)], 'a.png') }, 'file'],
    ['a JPEG of no height', { file: new File([jpegOf(640, 0)], 'a.jpg') }, 'file'],
    [
      'a JPEG that ends before it tells its size',
      { file: new File([JPEG.subarray(0, 22)], 'a.jpg') },
      'file',
    ],
    ['a PNG that ends before it tells its size', { file: new File([PNG.subarray(0, 20)], 'a.png') }, 'file'],
    [
      'a file that begins as a JPEG and goes on as none',
      { file: new File(['ÿØÿà', 'x'.repeat(99)], 'a') },
      'file',
    ],
    ['no latitude', { latitude: undefined }, 'latitude'],
    ['a latitude of NaN', { latitude: 'NaN' }, 'latitude'],
    ['a longitude of 180.1', { longitude: '180.1' }, 'longitude'],
    ['an unknown type', { type: 'song' }, 'type'],
    ['a type that the task does not ask for', { type: 'signature' }, 'type'],
    ['device info that is no JSON', { device_info: 's3cReT' }, 'device_info'],
    ['device info that is a list', { device_info: '[]' }, 'device_info'],
    ['device info with a __proto__', { device_info: '{"__proto__":{}}' }, 'device_info'],
    ['device info of 10,001 characters', { device_info: `"${'x'.repeat(9999)}"` }, 'device_info'],
  ])('with %s', async (_, change, field) => {
    const { submit, files, id, developer } = await setUp()
    const { status, json, text } = await submit(change)
    expect({ status, json }).toMatchObject({
      status: 400,
      json: { error: { code: 'VALIDATION_ERROR', details: [{ field }] } },
    })
    expect(text).not.toContain('s3cReT')
    expect(files()).toEqual([])
    expect((await developer(`GET /tasks/${id}`)).json.status).toBe('in_progress')
  })

  test('with a field given twice', async () => {
    const { id, portal, files } = await setUp()
    const body = proofForm()
    body.append('latitude', '1')
    const { status, json } = await portal(`POST /tasks/${id}/proof`, { body })
    expect([status, json.error.details]).toEqual([
      400,
      [{ field: 'latitude', message: 'must be given once' }],
    ])
    expect(files()).toEqual([])
  })

  test('with more than 20 parts, which are counted before the form is taken apart', async () => {
    const { id, portal, files } = await setUp()
    const part = '--x\r\nContent-Disposition: form-data; name="latitude"\r\n\r\n1\r\n'
    const body = part.repeat(150_000)
    for (const type of ['boundary=x', 'boundary="x"', 'charset=utf-8; boundary=x; boundary=y']) {
      const headers = { 'Content-Type': `multipart/form-data; ${type}` }
      const { status, json } = await portal(`POST /tasks/${id}/proof`, { headers, body })
      const details = [{ field: 'body', message: 'must not have more than 20 parts' }]
      expect({ type, status, json }).toMatchObject({ type, status: 400, json: { error: { details } } })
    }
    expect(files()).toEqual([])
  })

  test('over 10 MiB with 413, whether its length is told or not', async () => {
    const { id, portal, submit, files } = await setUp()
    const file = new File([JPEG, new Uint8Array(10 * MIB - JPEG.length + 1)], 'big.jpg')
    const told = await submit({ file })
    expect([told.status, told.json.error.code]).toEqual([413, 'PAYLOAD_TOO_LARGE'])
    const encoded = new Response(proofForm({ file: new File([JPEG, new Uint8Array(11 * MIB)], 'big.jpg') }))
    const headers = { 'Content-Type': encoded.headers.get('content-type') ?? '' }
    const body = encoded.body ?? undefined
    const streamed = await portal(`POST /tasks/${id}/proof`, { headers, body })
    expect([streamed.status, streamed.headers.get('x-ratelimit-limit')]).toEqual([413, '60'])
    expect(files()).toEqual([])
  })

  test.each([
    ['JSON', 'application/json', '{}', 'Content-Type'],
    ['a form without its boundary', 'multipart/form-data', 'x', 'Content-Type'],
    ['a form that is none', 'multipart/form-data; boundary=x', 's3cReT', 'body'],
    [
      'a form that breaks off',
      'multipart/form-data; boundary=x',
      '--x\r\nContent-Disposition: form-data; na',
      'body',
    ],
  ])('where it comes as %s', async (_, type, body, field) => {
    const { id, portal } = await setUp()
    const { status, json, text } = await portal(`POST /tasks/${id}/proof`, {
      headers: { 'Content-Type': type },
      body,
    })
    expect({ status, json }).toMatchObject({ status: 400, json: { error: { details: [{ field }] } } })
    expect(text).not.toContain('s3cReT')
  })

  test('before its worker has checked in, or for a task of somebody else', async () => {
    const { portal, postTask, files, id, bob, submit } = await setUp()
    const other = await postTask()
    await portal(`POST /tasks/${other}/accept`)
    const early = await portal(`POST /tasks/${other}/proof`, { body: proofForm() })
    expect([early.status, early.json.error.code]).toEqual([409, 'INVALID_STATE'])
    const foreign = await submit({}, { bearer: bob.key })
    expect([foreign.status, foreign.json.error.code]).toEqual([404, 'NOT_FOUND'])
    expect((await portal('POST /tasks/nothing/proof', { body: proofForm() })).status).toBe(404)
    expect([id.length, files()]).toEqual([32, []])
  })
})

test.each([
  [
    'the public address, where there is one',
    'https://keys.example.com/kw',
    'https://keys.example.com/kw/proofs/',
  ],
  ['where the server listens, where there is none', null, 'http://localhost:'],
])('a proof’s file_url begins with %s', async (_, publicUrl, beginning) => {
  const { id, submit, developer } = await setUp({ publicUrl })
  await submit()
  const { json } = await developer(`GET /tasks/${id}/proofs`)
  expect(json.data[0].file_url).toStartWith(beginning)
})

test('a file whose proof a killed process never recorded is removed, and no other', async () => {
  const { submit, files, app, proofsFolder } = await setUp()
  await submit()
  const recorded = files()
  writeFileSync(join(proofsFolder, `${'0'.repeat(32)}.jpg`), JPEG)
  app.tick()
  await until(() => files().length === 1)
  expect(files()).toEqual(recorded)
})

describe('uploads at once', () => {
  /** An upload that has begun and does not go on until it is told to end. */
  function openUpload() {
    const encoded = new Response(proofForm())
    const headers = { 'Content-Type': encoded.headers.get('content-type') ?? '' }
    const { promise: ended, resolve: end } = Promise.withResolvers<void>()
    const body = new ReadableStream({
      async start(controller) {
        const bytes = await encoded.bytes()
        controller.enqueue(bytes.subarray(0, 10))
        await ended
        controller.enqueue(bytes.subarray(10))
        controller.close()
      },
    })
    return { options: { headers, body }, end }
  }

  test('are two for one worker: a third is told to come again, until one of them has ended', async () => {
    const { portal, id, submit } = await setUp()
    const uploads = [openUpload(), openUpload()]
    const answers = uploads.map(({ options }) => portal(`POST /tasks/${id}/proof`, options))
    const tried = () => submit({ file: undefined })
    // Refused for its missing file as long as the server has not seen the other two.
    let third = await tried()
    for (let i = 0; i < 40 && third.status === 400; i++) third = await tried()
    expect([third.status, third.json.error.code, third.headers.get('retry-after')]).toEqual([
      ...[503, 'SERVICE_UNAVAILABLE', '1'],
    ])
    for (const { end } of uploads) end()
    const statuses = (await Promise.all(answers)).map(({ status }) => status)
    expect(statuses.toSorted()).toEqual([201, 409])
    expect((await tried()).status).toBe(400)
  })
})

test.each<[string, (path: string) => void]>([
  ['a file', (path) => writeFileSync(path, '')],
  ['a link to nothing', (path) => symlinkSync('/nowhere/proofs', path)],
])(
  'while %s stands where the folder of proofs should, a proof is 503, and taken afterwards',
  async (_, stand) => {
    const { submit, files, proofsFolder } = await setUp()
    stand(proofsFolder)
    const { status, json } = await submit()
    expect([status, json.error.code]).toEqual([503, 'SERVICE_UNAVAILABLE'])
    rmSync(proofsFolder)
    expect((await submit()).status).toBe(201)
    expect(files()).toHaveLength(1)
  },
)

test('a developer sees the file at the proof’s file_url, without a key, for an hour and not longer', async () => {
  const { id, submit, developer, clock } = await setUp()
  await submit()
  const [proof] = (await developer(`GET /tasks/${id}/proofs`)).json.data
  const seen = await fetch(proof.file_url)
  const shown = ['content-type', 'cache-control', 'x-content-type-options'].map((n) => seen.headers.get(n))
  expect([seen.status, ...shown]).toEqual([200, 'image/jpeg', 'private, no-store', 'nosniff'])
  expect(Buffer.from(await seen.arrayBuffer())).toEqual(JPEG)
  expect((await fetch(proof.file_url.replace(/signature=./, 'signature=g'))).status).toBe(404)
  clock.advance(3_600_000)
  expect((await fetch(proof.file_url)).status).toBe(404)
})

test.skipIf(process.getuid?.() !== 0)(
  'a file that may not be read is 503 in JSON at its file_url, and there again once it may (needs root)',
  async () => {
    const { submit, developer, id, files, proofsFolder } = await setUp()
    await submit()
    const [proof] = (await developer(`GET /tasks/${id}/proofs`)).json.data
    chownSync(proofsFolder, NOBODY, NOBODY)
    // What is loaded for such an answer is loaded while this process may still read its own files.
    await (await fetch(proof.file_url)).arrayBuffer()
    const { told } = await loggedDuring(async () => {
      process.seteuid?.(NOBODY)
      try {
        const refused = await fetch(proof.file_url, { headers: { 'X-Request-Id': 'mine' } })
        const code = expect.stringContaining('"code":"SERVICE_UNAVAILABLE"')
        expect([refused.status, await refused.text()]).toEqual([503, code])
        expect(refused.headers.get('content-type')).toBe('application/json')
        expect(refused.headers.get('x-request-id')).toBe('mine')
      } finally {
        process.seteuid?.(0)
      }
    })
    expect(told.filter((line) => line.includes('cannot be read: EACCES'))).toEqual([
      expect.stringContaining(files()[0] ?? 'no file'),
    ])
    expect((await fetch(proof.file_url)).status).toBe(200)
  },
)

test('a picture is no video, and may be a signature', async () => {
  const { startTask, portal, developer } = await portalApp()
  const id = await startTask({ proof_types: ['video', 'signature'] })
  const submit = (type: string) => portal(`POST /tasks/${id}/proof`, { body: proofForm({ type }) })
  const refused = await submit('video')
  const details = [{ field: 'type', message: 'must not be video: only pictures are taken' }]
  expect([refused.status, refused.json.error.details]).toEqual([400, details])
  expect((await submit('signature')).status).toBe(201)
  expect((await developer(`GET /tasks/${id}/proofs`)).json.data).toMatchObject([{ type: 'signature' }])
})
