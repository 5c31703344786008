import { describe, expect, test } from 'bun:test'
import { createServer } from 'node:net'
import { version } from '../../../package.json'
import { createEgress } from '../../../src/egress/egress.ts'
import { createApiRequest } from '../../../src/workflows/steps/api-request.ts'
import type { ApiRequestOutput } from '../../../src/workflows/steps/api-request-output.ts'
import { StepError } from '../../../src/workflows/steps/step-work.ts'
import { afterTest } from '../../helpers/after-test.ts'
import { type Seen, served } from '../../helpers/served.ts'
import { silentPort } from '../../helpers/silent-port.ts'
import { stepWork } from '../../helpers/step-work.ts'

const INSIDE = { allowPrivate: true, allowHttpLoopback: false, allowHttp: true }
const STRICT = { allowPrivate: false, allowHttpLoopback: false, allowHttp: true }
const SECRET = 'sk_live_do_not_show'

/** A step on real sockets. */
function setUp({ policy = INSIDE, timeLimit = AbortSignal.timeout } = {}) {
  const egress = createEgress(policy, { resolve: async () => ['127.0.0.1'] })
  return createApiRequest(egress, { timeLimit })
}

/** The waits between tries take no time, and are kept. */
function keptWaits() {
  const waits: number[] = []
  return { waits, pause: async (ms: number) => void waits.push(ms) }
}

async function perform(config: object, options: Parameters<typeof setUp>[0] = {}) {
  return (await setUp(options).perform(stepWork({ ...config }))) as ApiRequestOutput
}

/** How it failed; never with the secret that stands in most configs here. */
async function failure(config: object, options: Parameters<typeof setUp>[0] = {}) {
  const error = await perform(config, options).then(
    () => expect.unreachable('it did not fail'),
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof StepError)) throw error
  expect(error.message).not.toContain(SECRET)
  return `${error.code}: ${error.message}`
}

/** A server that answers this, and the config that calls it. */
function answering(
  body: string | Uint8Array<ArrayBuffer> | ReadableStream | null,
  headers: Record<string, string> = {},
  status = 200,
) {
  const { port, seen } = served(() => new Response(body, { status, headers }))
  return { url: `http://api.test:${port}/`, seen }
}

/** A server that answers with these bytes, whatever it is asked. */
async function answeringBytes(...bytes: (string | Uint8Array)[]): Promise<string> {
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.once('data', () => socket.end(Buffer.concat(bytes.map((part) => Buffer.from(part)))))
  })
  const listening = Promise.withResolvers<void>()
  server.listen(0, '127.0.0.1', () => listening.resolve())
  await listening.promise
  afterTest(() => server.close())
  const address = server.address()
  return `http://api.test:${typeof address === 'object' ? address?.port : ''}/`
}

describe('a request is sent', () => {
  const echo = async (config: object): Promise<Seen | undefined> => {
    const { url, seen } = answering('ok')
    await perform({ url: `${url}x?a=%20b`, ...config })
    return seen[0]
  }

  test('as GET where no method is given, under our own name', async () => {
    const sent = await echo({})
    expect(sent).toMatchObject({ method: 'GET', path: '/x?a=%20b', body: '' })
    expect(sent?.headers.get('user-agent')).toBe(`Keyward/${version}`)
    expect(sent?.headers.get('accept-encoding')).toBe('identity')
  })

  test.each(['post', 'PUT', 'Patch', 'DELETE', 'head'])('by the method %s in any case', async (method) => {
    expect((await echo({ method }))?.method).toBe(method.toUpperCase())
  })

  test.each([
    ['an object', { q: 'a b&c', n: 1, on: true, none: null }, '/x?a=%20b&q=a+b%26c&n=1&on=true'],
    ['an object with a list', { id: [1, 2] }, '/x?a=%20b&id=1&id=2'],
    [
      'rows',
      [
        { Key: 'q', Value: 'ä' },
        { key: 'n', value: 0 },
        { Key: '', Value: '' },
      ],
      '/x?a=%20b&q=%C3%A4&n=0',
    ],
    ['nothing', '', '/x?a=%20b'],
  ])('with params that are %s', async (_, params, path) => {
    expect((await echo({ params }))?.path).toBe(path)
  })

  test.each([
    ['an object', { 'X-Api-Key': 'k', Accept: 'text/csv', 'User-Agent': 'me' }],
    [
      'rows',
      ['X-Api-Key: k', 'Accept: text/csv', 'User-Agent: me', 'X-None: '].map((line) => {
        const [Key, Value] = line.split(': ')
        return { Key, Value: Value || null }
      }),
    ],
  ])('with headers that are %s', async (_, headers) => {
    const sent = (await echo({ headers }))?.headers
    const got = ['x-api-key', 'accept', 'user-agent', 'x-none'].map((name) => sent?.get(name))
    expect(got).toEqual(['k', 'text/csv', 'me', null])
  })

  test.each([
    ['an object', { a: 'ä' }, {}, '{"a":"ä"}', 'application/json'],
    ['a list', [1], {}, '[1]', 'application/json'],
    ['a number', 0, {}, '0', 'application/json'],
    [
      'an object of another type',
      { a: 1 },
      { 'content-type': 'application/ld+json' },
      '{"a":1}',
      'application/ld+json',
    ],
    ['text', 'a=ä', {}, 'a=ä', 'text/plain; charset=utf-8'],
    [
      'text of a type',
      'a=b',
      { 'Content-Type': 'application/x-www-form-urlencoded' },
      'a=b',
      'application/x-www-form-urlencoded',
    ],
    ['nothing', null, {}, '', null],
  ])('with a body that is %s', async (_, body, headers, sent, type) => {
    const seen = await echo({ method: 'POST', body, headers })
    expect([seen?.body, seen?.headers.get('content-type')]).toEqual([sent, type])
  })

  test('without a body where the method has none', async () => {
    expect(await echo({ method: 'GET', body: { a: 1 } })).toMatchObject({ method: 'GET', body: '' })
  })
})

describe('an answer becomes the output', () => {
  test('with all that templates read', async () => {
    const { url } = answering('{"a":[1]}', { 'content-type': 'application/json', 'x-b': 'c' }, 201)
    expect(await perform({ url, method: 'POST' })).toEqual({
      data: { a: [1] },
      status: 201,
      ok: true,
      text: null,
      rows: null,
      columns: null,
      contentType: 'application/json',
      sizeBytes: 9,
      headers: expect.objectContaining({ 'x-b': 'c', 'content-type': 'application/json' }),
    })
  })

  const ROWS = [
    { a: '1', b: 'x;y' },
    { a: '2', b: '' },
  ]
  test.each([
    ['JSON', 'application/json; charset=utf-8', '[1]', {}, { data: [1], text: null }],
    ['JSON by its suffix', 'application/problem+json', '{}', {}, { data: {}, text: null }],
    ['text where it says JSON and is none', 'application/json', '{', {}, { data: '{', text: '{' }],
    ['text', 'text/html', '<p>ä', {}, { data: '<p>ä', text: '<p>ä', rows: null }],
    ['JSON that is asked for', 'text/plain', '{"a":1}', { responseFormat: 'json' }, { data: { a: 1 } }],
    ['no JSON where the body is empty', 'application/json', '', { responseFormat: 'json' }, { data: null }],
    [
      'text that is asked for',
      'application/json',
      '{}',
      { responseFormat: 'TEXT' },
      { data: '{}', text: '{}' },
    ],
    ['CSV', 'text/csv', 'a,b\r\n1,x;y\r\n\r\n2,\r\n', {}, { data: ROWS, rows: ROWS, columns: ['a', 'b'] }],
    [
      'CSV by tabs',
      'text/plain',
      'a\tb\n1\tx;y\n2\t',
      { responseFormat: 'csv', csvDelimiter: '\\t' },
      { rows: ROWS },
    ],
    ['CSV by a delimiter', 'text/csv', 'a|b\n1|x;y\n2|', { csvDelimiter: '|' }, { rows: ROWS }],
    ['CSV with quotes', 'text/csv', 'a,b\n"1","x;y"\n2,""', {}, { rows: ROWS }],
    ['CSV without a byte order mark', 'text/csv', '\ufeffa,b\n1,x;y\n2,', {}, { rows: ROWS }],
    ['no rows of empty CSV', 'text/csv', '', {}, { data: [], rows: [], columns: [] }],
    [
      'neither data nor text where it is binary',
      'image/png',
      new Uint8Array([137, 80]),
      {},
      { data: null, text: null, sizeBytes: 2 },
    ],
  ])('as %s', async (_, type, body, config, expected) => {
    const { url } = answering(body, { 'content-type': type })
    expect(await perform({ url, ...config })).toMatchObject(expected)
  })

  test('of any status', async () => {
    const { url } = answering('{"why":"x"}', { 'content-type': 'application/json' }, 404)
    expect(await perform({ url })).toMatchObject({ status: 404, ok: false, data: { why: 'x' } })
  })

  test('of HEAD, which has a length and no body', async () => {
    const { url } = answering('x'.repeat(100))
    expect(await perform({ url, method: 'HEAD', maxResponseBytes: 5 })).toMatchObject({
      status: 200,
      sizeBytes: 0,
    })
  })

  test('with a header that came twice as one', async () => {
    const url = await answeringBytes(
      'HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nConnection: close\r\n\r\nok',
    )
    expect((await perform({ url })).headers['set-cookie']).toBe('a=1, b=2')
  })
})

describe('a step fails', () => {
  const DEEP = `${'['.repeat(100)}${']'.repeat(100)}`
  test.each([
    ['not JSON', '{"a"', {}, { responseFormat: 'json' }, 'the server answered 200, and the body is not JSON'],
    [
      'JSON too deep',
      DEEP,
      {},
      { responseFormat: 'json' },
      'the server answered 200, and the body must not be nested deeper than 64 levels',
    ],
    [
      'JSON endlessly deep',
      '['.repeat(5_000_000),
      {},
      { responseFormat: 'json' },
      /the body must not be nested deeper than 64 levels/,
    ],
    [
      'not UTF-8',
      new Uint8Array([255]),
      {},
      { responseFormat: 'text' },
      'the server answered 200, and the body is not UTF-8 text',
    ],
    [
      'CSV with an open quote',
      'a,b\n"1,2\n3,4',
      {},
      { responseFormat: 'csv' },
      'the server answered 200, and the body has a quote that is not closed',
    ],
    [
      'CSV of too many columns',
      ','.repeat(2_000_000),
      {},
      { responseFormat: 'csv' },
      'the server answered 200, and the body has more than 1000 columns',
    ],
    [
      'CSV of too many rows',
      `a,b\n${'1,2\n'.repeat(100_001)}`,
      {},
      { responseFormat: 'csv' },
      'the server answered 200, and the body has more than 100000 rows',
    ],
    [
      'CSV of too many cells',
      `a,b,c,d,e,f,g,h,i,j\n${'1,2,3,4,5,6,7,8,9,0\n'.repeat(20_001)}`,
      {},
      { responseFormat: 'csv' },
      'the server answered 200, and the body has more than 200000 cells',
    ],
    [
      'CSV larger than an output may be',
      `a,b\n${'\n'.repeat(10 * 1024 * 1024)}`,
      {},
      { responseFormat: 'csv', maxResponseBytes: 11 * 1024 * 1024 },
      'the server answered 200, and the body is larger than 10 MiB',
    ],
    ['too much', 'x'.repeat(101), {}, { maxResponseBytes: 100 }, 'the answer is too large'],
    [
      'gzip, although we ask for none',
      Bun.gzipSync('x'.repeat(1000)),
      { 'content-encoding': 'gzip' },
      {},
      'the server answered 200, and the body is compressed, which was not asked for',
    ],
  ])('on an answer that is %s', async (_, body, headers, config, message) => {
    const { url } = answering(body, headers)
    expect(await failure({ url: `${url}?key=${SECRET}`, ...config })).toMatch(message)
  })

  test.each([400, 404, 500])('on an answer of %d where it is told to', async (status) => {
    const { url } = answering(SECRET, {}, status)
    expect(await failure({ url, failOnError: true })).toBe(`STEP_ERROR: the server answered ${status}`)
  })

  test('on an answer that never ends, at the bound', async () => {
    const cut = Promise.withResolvers<string>()
    const pull = (controller: ReadableStreamDefaultController) => controller.enqueue(new Uint8Array(65_536))
    const { port } = served(
      () => new Response(new ReadableStream({ pull, cancel: () => cut.resolve('cut') })),
    )
    expect(await failure({ url: `http://api.test:${port}/` })).toBe('STEP_ERROR: the answer is too large')
    expect(await cut.promise).toBe('cut')
  })

  test.each([
    ['an answer', () => new Promise<Response>(() => {})],
    ['the rest of an answer', () => new Response(new ReadableStream({ start: (c) => c.enqueue('first') }))],
  ])('as TIMEOUT where %s does not come in time', async (_, answer) => {
    const limit = new AbortController()
    const asked: number[] = []
    const timeLimit = (ms: number) => {
      asked.push(ms)
      return limit.signal
    }
    const arrived = Promise.withResolvers<void>()
    const { port } = served(() => {
      arrived.resolve()
      return answer()
    })
    const failed = failure({ url: `http://api.test:${port}/${SECRET}`, timeout: '50' }, { timeLimit })
    await arrived.promise
    limit.abort(new DOMException('', 'TimeoutError'))
    expect([await failed, asked]).toEqual(['TIMEOUT: no answer came in time', [50]])
  })

  test.each([
    ['http://127.0.0.1:1/', 'the address is not allowed'],
    ['http://169.254.169.254/latest/meta-data', 'the address is not allowed'],
    ['https://localhost/', 'the address is not allowed'],
    ['http://looks-public.test/', 'the address is not allowed'],
  ])('where %s leads inside', async (url, message) => {
    expect(await failure({ url }, { policy: STRICT })).toBe(`STEP_ERROR: ${message}`)
  })

  test('where nothing listens, without a word of where that was', async () => {
    const url = `http://api.test:${await silentPort()}/${SECRET}`
    expect(await failure({ url, headers: { 'X-Key': SECRET } })).toBe(
      'STEP_ERROR: the connection was refused',
    )
  })

  test('where redirects go round in a circle', async () => {
    const { port, seen } = served(({ path }) => Response.redirect(`http://api.test:${port}${path}`, 302))
    expect(await failure({ url: `http://api.test:${port}/` })).toBe(
      'STEP_ERROR: there were too many redirects',
    )
    expect(seen.length).toBe(6)
  })
})

test('a redirect to another origin takes along no header that might be a key', async () => {
  const other = served(() => new Response('ok'))
  const { port } = served(() => Response.redirect(`http://other.test:${other.port}/`, 307))
  const headers = { Authorization: SECRET, 'X-Api-Key': SECRET, 'x-anything': SECRET, accept: 'text/csv' }
  await perform({ url: `http://api.test:${port}/`, method: 'POST', headers, body: { a: 1 } })
  const [seen] = other.seen
  expect(seen?.body).toBe('{"a":1}')
  expect(seen?.headers.get('accept')).toBe('text/csv')
  expect(JSON.stringify([...(seen?.headers ?? [])])).not.toContain(SECRET)
})

describe('a config is refused', () => {
  const url = 'http://api.test/'
  test.each([
    ['url must be an http or https URL', { url: '' }],
    ['url must be an http or https URL', { url: `ftp://${SECRET}/` }],
    ['url must be an http or https URL', { url: { a: SECRET } }],
    ['url must not contain a user name or a password', { url: `http://user:${SECRET}@api.test/` }],
    ['url must not exceed 8192 characters', { url, params: { q: SECRET.repeat(1000) } }],
    ['method must be one of GET, POST', { url, method: 'CONNECT' }],
    ['params must be an object, or rows', { url, params: SECRET }],
    ['params must have text, numbers or booleans', { url, params: { a: { b: SECRET } } }],
    ['params must have a name for each value', { url, params: [{ Key: '', Value: SECRET }] }],
    ['params must have rows of Key and Value', { url, params: [SECRET] }],
    ['params must not have more than 200', { url, params: { id: new Array(201).fill(1) } }],
    ['headers must have names that HTTP allows', { url, headers: { [`X-A: ${SECRET}\r\nX-B`]: 'c' } }],
    ['headers must have names that HTTP allows', { url, headers: { 'X A': SECRET } }],
    ['headers must have values without line breaks', { url, headers: { 'X-A': `b\r\nX-Evil: ${SECRET}` } }],
    ['headers must have values without line breaks', { url, headers: { 'X-A': `b\n${SECRET}` } }],
    ['headers must have values without line breaks', { url, headers: { 'X-A': `\0${SECRET}` } }],
    ['headers must have values without line breaks', { url, headers: { 'X-A': '✓' } }],
    ['headers must not set host', { url, headers: { Host: SECRET } }],
    ['headers must not set content-length', { url, headers: { 'content-length': 5 } }],
    [
      'headers must not set transfer-encoding',
      { url, headers: [{ Key: 'Transfer-Encoding', Value: 'chunked' }] },
    ],
    ['headers must not set connection', { url, headers: { connection: 'close' } }],
    ['headers must not set accept-encoding', { url, headers: { 'Accept-Encoding': 'gzip' } }],
    ['headers must not exceed 65536 characters', { url, headers: { 'x-a': 'b'.repeat(70_000) } }],
    ['body must not exceed', { url, method: 'POST', body: SECRET.repeat(600_000) }],
    ['responseFormat pdf is not served', { url, responseFormat: 'pdf' }],
    ['responseFormat binary is not served', { url, responseFormat: 'binary' }],
    ['responseFormat must be one of', { url, responseFormat: 'xml' }],
    ['csvDelimiter must be one character', { url, csvDelimiter: '||' }],
    ['csvDelimiter must be one character', { url, csvDelimiter: '"' }],
    ['timeout must be a whole number from 1 to 300000', { url, timeout: 300_001 }],
    ['timeout must be a whole number from 1 to 300000', { url, timeout: 'soon' }],
    ['retries must be a whole number from 0 to 10', { url, retries: 11 }],
    ['maxResponseBytes must be a whole number from 1 to 52428800', { url, maxResponseBytes: 52_428_801 }],
    ['failOnError must be true or false', { url, failOnError: 'yes' }],
  ])('config.%s', async (message, config) => {
    expect(await failure(config)).toStartWith(`VALIDATION_ERROR: config.${message}`)
  })
})

describe('a request is tried again', () => {
  const retrying = async (answers: (() => Response)[], config: object) => {
    const { port, seen } = served((_, count) => answers[count - 1]?.() ?? new Response('ok'))
    const { waits, pause } = keptWaits()
    const asked = { url: `http://api.test:${port}/?${SECRET}`, method: 'GET', retries: 3, ...config }
    const work = stepWork(asked, { pause })
    const outcome = await setUp()
      .perform(work)
      .then(
        (output) => (output as ApiRequestOutput).status,
        (error) => error.message,
      )
    expect(JSON.stringify(work.lines)).not.toContain(SECRET)
    return { outcome, tries: seen.length, waits, logged: work.lines.length }
  }
  const status = (code: number, headers?: Record<string, string>) => () =>
    new Response('', { status: code, headers })

  test.each([429, 502, 503, 504])('after %d', async (code) => {
    const result = await retrying([status(code), status(code)], {})
    expect(result).toEqual({ outcome: 200, tries: 3, waits: [1000, 2000], logged: 2 })
  })

  test.each([400, 401, 404, 408, 500, 501])('not after %d', async (code) => {
    expect(await retrying([status(code)], {})).toMatchObject({ outcome: code, tries: 1, waits: [] })
  })

  test('so often and no more, each wait twice the last one up to the bound', async () => {
    const config = { retries: 5, retryDelayMs: 100, retryMaxDelayMs: 500 }
    const result = await retrying(new Array(9).fill(status(503)), config)
    expect(result).toMatchObject({ outcome: 503, tries: 6, waits: [100, 200, 400, 500, 500] })
  })

  test('with a delay of its own that is longer than the bound’s default, which it raises', async () => {
    const result = await retrying(new Array(9).fill(status(503)), { retries: 2, retryDelayMs: 60_000 })
    expect(result).toMatchObject({ outcome: 503, waits: [60_000, 60_000] })
  })

  test('and then fails by the last answer where it is told to', async () => {
    const result = await retrying(new Array(9).fill(status(503)), { retries: 1, failOnError: true })
    expect(result).toMatchObject({ outcome: 'the server answered 503', tries: 2 })
  })

  const DATES = { date: 'Sat, 21 Nov 2026 09:00:00 GMT', 'retry-after': 'Sat, 21 Nov 2026 09:00:07 GMT' }
  test.each([
    ['in seconds', { 'retry-after': '7' }, 7000],
    ['as a date, by the server’s own', DATES, 7000],
    ['longer than the bound', { 'retry-after': '3600' }, 30_000],
    ['shorter than ours', { 'retry-after': '0' }, 1000],
    ['in a way that is none', { 'retry-after': 'soon' }, 1000],
  ])('after as long as the server asks: %s', async (_, headers, waited) => {
    expect(await retrying([status(429, headers)], {})).toMatchObject({ outcome: 200, waits: [waited] })
  })

  test.each([
    ['GET', {}, 2],
    ['HEAD', {}, 2],
    ['PUT', {}, 2],
    ['DELETE', {}, 2],
    ['POST', {}, 1],
    ['PATCH', {}, 1],
    ['POST', { retryNonIdempotent: true }, 2],
    ['PATCH', { retryNonIdempotent: 'true' }, 2],
  ])('depending on its method: %s with %j is tried %d times', async (method, config, tries) => {
    expect(await retrying([status(503)], { method, ...config })).toMatchObject({ tries })
  })

  test('after a connection that was lost, also in the middle of an answer', async () => {
    const { waits, pause } = keptWaits()
    const url = await answeringBytes('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort')
    const failed = setUp().perform(stepWork({ url, retries: 2 }, { pause }))
    await expect(failed).rejects.toThrow('the connection was lost before an answer came')
    expect(waits).toEqual([1000, 2000])
  })

  test('after a try that was out of time, with all its time anew', async () => {
    const limits = [AbortSignal.abort(new DOMException('', 'TimeoutError')), new AbortController().signal]
    const { port, seen } = served(() => new Response('ok'))
    const { waits, pause } = keptWaits()
    const performer = setUp({ timeLimit: () => limits.shift() ?? AbortSignal.abort() })
    await performer.perform(stepWork({ url: `http://api.test:${port}/`, retries: 1 }, { pause }))
    expect([waits, seen.length]).toEqual([[1000], 1])
  })

  test.each([
    ['an address that is refused', { url: 'http://10.0.0.1/' }],
    ['a config that is refused', { url: 'http://api.test/', headers: { host: 'x' } }],
  ])('not after %s', async (_, config) => {
    const { waits, pause } = keptWaits()
    const performer = setUp({ policy: STRICT })
    await expect(performer.perform(stepWork({ ...config, retries: 3 }, { pause }))).rejects.toBeInstanceOf(
      StepError,
    )
    expect(waits).toEqual([])
  })

  test('not after an answer that is too large', async () => {
    const result = await retrying([() => new Response('x'.repeat(100))], { maxResponseBytes: 10 })
    expect(result).toMatchObject({ outcome: 'the answer is too large', tries: 1, waits: [] })
  })
})

describe('an abort ends the work at once, with its reason', () => {
  const reason = new Error('cancelled')

  test('while an answer is awaited', async () => {
    const stop = new AbortController()
    const arrived = Promise.withResolvers<void>()
    const { port, seen } = served(() => {
      arrived.resolve()
      return new Promise(() => {})
    })
    const config = { url: `http://api.test:${port}/`, retries: 5 }
    const working = setUp().perform(stepWork(config, { signal: stop.signal }))
    await arrived.promise
    stop.abort(reason)
    await expect(working).rejects.toBe(reason)
    expect(seen.length).toBe(1)
  })

  test('while a body comes in, and the connection is closed', async () => {
    const stop = new AbortController()
    const cut = Promise.withResolvers<string>()
    const pulled = Promise.withResolvers<void>()
    const body = new ReadableStream({
      start: (controller) => controller.enqueue('first'),
      pull: () => pulled.resolve(),
      cancel: () => cut.resolve('cut'),
    })
    const { url } = answering(body)
    const working = setUp().perform(stepWork({ url }, { signal: stop.signal }))
    await pulled.promise
    stop.abort(reason)
    await expect(working).rejects.toBe(reason)
    expect(await cut.promise).toBe('cut')
  })

  test('while the next try is waited for', async () => {
    const { url, seen } = answering('', {}, 503)
    const pause = () => Promise.reject(reason)
    await expect(setUp().perform(stepWork({ url, retries: 1 }, { pause }))).rejects.toBe(reason)
    expect(seen.length).toBe(1)
  })

  test('before it began', async () => {
    const { url, seen } = answering('ok')
    const working = setUp().perform(stepWork({ url }, { signal: AbortSignal.abort(reason) }))
    await expect(working).rejects.toBe(reason)
    expect(seen.length).toBe(0)
  })
})
