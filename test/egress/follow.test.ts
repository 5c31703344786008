import { describe, expect, test } from 'bun:test'
import { readAnswer } from '../../src/egress/bounded-body.ts'
import { createEgress } from '../../src/egress/egress.ts'
import { follow } from '../../src/egress/follow.ts'
import { certificateFor } from '../helpers/certificate.ts'
import { served } from '../helpers/served.ts'

const INSIDE = { allowPrivate: true, allowHttpLoopback: false, allowHttp: true }
const egress = createEgress(INSIDE, { resolve: async () => ['127.0.0.1'] })

const HEADERS = {
  Authorization: 'Bearer t',
  cookie: 'a=b',
  'Proxy-Authorization': 'Basic x',
  'X-Api-Key': 'k',
  'Content-Type': 'text/plain',
  Accept: 'text/csv',
}

/** Where a request never ends, the test's own limit does. */
const UNLIMITED = new AbortController().signal

function request(change: object = {}) {
  return {
    method: 'POST',
    headers: HEADERS,
    body: 'hello',
    privateHeaders: ['x-api-key'],
    signal: UNLIMITED,
    ...change,
  }
}

function to(location: string, status = 302) {
  return new Response('elsewhere', { status, headers: { location } })
}

describe('a redirect is followed', () => {
  test.each([
    [301, 'POST', 'GET', ''],
    [302, 'POST', 'GET', ''],
    [303, 'PUT', 'GET', ''],
    [303, 'HEAD', 'HEAD', ''],
    [307, 'POST', 'POST', 'hello'],
    [308, 'PUT', 'PUT', 'hello'],
  ])('%d after %s with %s and the body %j', async (status, method, then, body) => {
    const { port, seen } = served(({ path }) =>
      path === '/from' ? to('/to?a=b', status) : new Response('there'),
    )
    const sent = request({ method, body: method === 'HEAD' ? null : 'hello' })
    const response = await follow(egress, `http://a.test:${port}/from`, sent)
    expect(response.status).toBe(200)
    expect(seen[1]).toMatchObject({ method: then, path: '/to?a=b', body })
    expect(seen[1]?.headers.get('content-type')).toBe(body === '' ? null : 'text/plain')
  })

  test('within an origin with all headers', async () => {
    const { port, seen } = served(({ path }) => (path === '/from' ? to('/to', 307) : new Response('there')))
    await follow(egress, `http://a.test:${port}/from`, request())
    for (const [name, value] of Object.entries(HEADERS)) expect(seen[1]?.headers.get(name)).toBe(value)
  })

  test.each(['b.test', 'sub.a.test'])(
    'to the origin %s without what proves who asks, also on the way back',
    async (name) => {
      const { port, seen } = served(({ path, host }) => {
        if (path === '/from') return to(`http://${name}:${port}/over`, 307)
        return path === '/over' ? to(`http://a.test:${port}/back`, 307) : new Response(host)
      })
      const response = await follow(egress, `http://a.test:${port}/from`, request())
      expect(await response.text()).toBe(`a.test:${port}`)
      for (const { headers } of seen.slice(1)) {
        const [authorization, cookie, proxy, apiKey] = [
          'authorization',
          'cookie',
          'proxy-authorization',
          'x-api-key',
        ].map((header) => headers.get(header))
        expect([authorization, cookie, proxy, apiKey]).toEqual([null, null, null, null])
        expect([headers.get('accept'), headers.get('content-type')]).toEqual(['text/csv', 'text/plain'])
      }
    },
  )

  test('to another port without them too', async () => {
    const other = served(() => new Response('there'))
    const { port } = served(() => to(`http://a.test:${other.port}/`, 307))
    await follow(egress, `http://a.test:${port}/`, request())
    expect(other.seen[0]?.headers.get('authorization')).toBeNull()
  })

  test('five times and no more', async () => {
    const chain = (length: number) =>
      served(({ path }, count) => (count > length ? new Response('there') : to(`${path}x`)))
    const five = chain(5)
    expect((await follow(egress, `http://a.test:${five.port}/`, request())).status).toBe(200)
    const six = chain(6)
    const refused = follow(egress, `http://a.test:${six.port}/`, request())
    await expect(refused).rejects.toThrow('there were too many redirects')
    expect(six.seen.length).toBe(6)
  })
})

describe('a redirect is not followed', () => {
  test.each([
    ['without a Location', () => new Response('', { status: 302 })],
    ['that is a choice (300)', () => to('/to', 300)],
    ['that is about a cache (304)', () => new Response(null, { status: 304 })],
  ])('%s: it is the answer itself', async (_, answer) => {
    const { port, seen } = served(answer)
    const { status } = await follow(egress, `http://a.test:${port}/`, request())
    expect([status, seen.length]).toEqual([answer().status, 1])
  })

  test.each(['http://[', 'ftp://a.test/', 'file:///etc/passwd', 'http://user:pw@a.test/'])(
    'to %s, which no request may go to',
    async (location) => {
      const { port } = served(() => to(location))
      await expect(follow(egress, `http://a.test:${port}/`, request())).rejects.toThrow(
        /allowed|none may lead/,
      )
    },
  )

  test('from https to http', async () => {
    const certificate = certificateFor('a.test')
    const plain = served(() => new Response('there'))
    const secure = served(() => to(`http://a.test:${plain.port}/`), certificate)
    const trusting = createEgress(INSIDE, { resolve: async () => ['127.0.0.1'], ca: [certificate.cert] })
    const refused = follow(trusting, `https://a.test:${secure.port}/`, request())
    await expect(refused).rejects.toThrow('a redirect led where none may lead')
    expect([secure.seen.length, plain.seen.length]).toEqual([1, 0])
  })

  test.each([
    'http://10.0.0.1/',
    'https://169.254.169.254/latest/meta-data',
    'http://inside.test/',
    'http://[::ffff:127.0.0.1]/',
  ])('to %s, which may not be called in the first place', async (location) => {
    const { port, seen } = served(() => to(location))
    const dev = { allowPrivate: false, allowHttpLoopback: true, allowHttp: true }
    const strict = createEgress(dev, { resolve: async () => ['10.0.0.1'] })
    const refused = follow(strict, `http://127.0.0.1:${port}/`, request())
    await expect(refused).rejects.toThrow('the address is not allowed')
    expect(seen.length).toBe(1)
  })
})

describe('a body is read', () => {
  const read = async (answer: () => Response, bytesMax: number, method = 'GET', signal = UNLIMITED) => {
    const { port } = served(answer)
    const response = await egress.send(`http://a.test:${port}/`, { method, headers: {}, body: null, signal })
    return (await readAnswer(response, bytesMax, signal)).toString()
  }

  test('to its end, up to exactly the bound', async () => {
    expect(await read(() => new Response('12345'), 5)).toBe('12345')
    await expect(read(() => new Response('123456'), 5)).rejects.toThrow('the answer is too large')
  })

  test('as nothing where there is none, whatever length was told', async () => {
    expect(await read(() => new Response(null, { status: 204 }), 5)).toBe('')
    expect(await read(() => new Response('a long answer'), 5, 'HEAD')).toBe('')
  })

  test('not past the bound where it is endless, and the connection is closed', async () => {
    const cut = Promise.withResolvers<string>()
    const pull = (controller: ReadableStreamDefaultController) => controller.enqueue(new Uint8Array(65_536))
    const endless = () => new Response(new ReadableStream({ pull, cancel: () => cut.resolve('cut') }))
    await expect(read(endless, 1_000_000)).rejects.toThrow('the answer is too large')
    expect(await cut.promise).toBe('cut')
  })

  test('only until the signal aborts, and the connection is closed', async () => {
    const cut = Promise.withResolvers<string>()
    const stop = new AbortController()
    const start = (controller: ReadableStreamDefaultController) => controller.enqueue('first')
    const slow = () => new Response(new ReadableStream({ start, cancel: () => cut.resolve('cut') }))
    const { port } = served(slow)
    const sent = { method: 'GET', headers: {}, body: null, signal: stop.signal }
    const response = await egress.send(`http://a.test:${port}/`, sent)
    const reading = readAnswer(response, 100, stop.signal)
    stop.abort(new DOMException('', 'TimeoutError'))
    await expect(reading).rejects.toThrow('no answer came in time')
    expect(await cut.promise).toBe('cut')
  })
})
