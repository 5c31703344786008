import { afterEach, describe, expect, test } from 'bun:test'
import { createEgress } from '../../src/egress/egress.ts'
import { certificateFor } from '../helpers/certificate.ts'
import { silentPort } from '../helpers/silent-port.ts'

const STRICT = { allowPrivate: false, allowHttpLoopback: false }
const INSIDE = { allowPrivate: true, allowHttpLoopback: false }
const DEV = { allowPrivate: false, allowHttpLoopback: true }

const servers: Bun.Server<undefined>[] = []

afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop(true)
})

function serve(fetch: (request: Request) => Response | Promise<Response>, tls?: Bun.TLSOptions[]) {
  const server = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch, tls })
  servers.push(server)
  return server.port
}

/** Where a request never ends, the test's own limit does. */
const UNLIMITED = new AbortController().signal
const request = (signal = UNLIMITED) => ({ method: 'POST', headers: {}, body: '{}', signal })

describe('an https request', () => {
  const hooks = certificateFor('hooks.test')
  const other = certificateFor('other.test')
  const listen = () =>
    serve(
      (req) => new Response(req.headers.get('host')),
      [hooks, other].map(({ name, cert, key }) => ({ serverName: name, cert, key })),
    )
  const trusting = (resolve = async () => ['127.0.0.1']) =>
    createEgress(INSIDE, { resolve, ca: [hooks.cert, other.cert] })

  test('goes to the address that was checked, with the name in Host and in TLS', async () => {
    const port = listen()
    const egress = trusting()
    for (const name of ['hooks.test', 'other.test', 'hooks.test']) {
      const response = await egress.send(`https://${name}:${port}/x`, request())
      expect([response.status, await response.text()]).toEqual([200, `${name}:${port}`])
    }
  })

  test('is not sent where the certificate is another name’s, also after that name was called', async () => {
    const port = listen()
    const egress = trusting()
    await egress.send(`https://hooks.test:${port}/`, request())
    const wrong = egress.send(`https://wrong.test:${port}/`, request())
    await expect(wrong).rejects.toThrow('the TLS certificate was not accepted')
  })

  test('is not sent where no authority has signed the certificate', async () => {
    const egress = createEgress(INSIDE, { resolve: async () => ['127.0.0.1'] })
    const refused = egress.send(`https://hooks.test:${listen()}/`, request())
    await expect(refused).rejects.toThrow('the TLS certificate was not accepted')
  })

  test('asks DNS once, so that an answer that changes leads nowhere else', async () => {
    const answers = [['127.0.0.1'], ['127.0.0.2']]
    const asked: string[] = []
    const egress = trusting(async () => {
      asked.push('hooks.test')
      return answers.shift() ?? []
    })
    const response = await egress.send(`https://hooks.test:${listen()}/`, request())
    expect([response.status, asked.length]).toEqual([200, 1])
  })
})

describe('a name that resolves to an address inside', () => {
  const resolve = async () => ['127.0.0.1']

  test('is refused when it is read, and again when it is called', async () => {
    let reached = 0
    const port = serve(() => new Response(String(++reached)))
    const egress = createEgress(STRICT, { resolve })
    expect(await egress.read(`https://innocent.test:${port}/`)).toMatchObject({
      problem: 'must not point to a private or reserved address',
    })
    await expect(egress.send(`https://innocent.test:${port}/`, request())).rejects.toThrow(
      'the address is not allowed',
    )
    expect(reached).toBe(0)
  })

  test('is refused by this machine’s own resolver too', async () => {
    const { hostname } = await import('node:os')
    const { problem } = await createEgress(STRICT).read(`https://${hostname()}/`)
    expect(problem).toBe('must not point to a private or reserved address')
  })

  test('is refused where it changed after it was read', async () => {
    const answers = [['8.8.8.8'], ['127.0.0.1']]
    const egress = createEgress(STRICT, { resolve: async () => answers.shift() ?? [] })
    expect((await egress.read('https://rebinding.test/')).problem).toBeNull()
    await expect(egress.send('https://rebinding.test/', request())).rejects.toThrow(
      'the address is not allowed',
    )
  })

  test('is called without TLS only by a development server, and only on loopback', async () => {
    const port = serve(() => new Response('ok'))
    const egress = createEgress(DEV, { resolve })
    expect((await egress.send(`http://api.localhost:${port}/`, request())).status).toBe(200)
    const elsewhere = createEgress({ ...DEV, allowPrivate: true }, { resolve: async () => ['10.0.0.1'] })
    await expect(elsewhere.send(`http://api.localhost:${port}/`, request())).rejects.toThrow(
      'the address is not allowed',
    )
  })
})

describe('where requests may go without TLS', () => {
  const resolve = async () => ['127.0.0.1']
  const policy = { allowPrivate: true, allowHttpLoopback: false }

  test('they go to the same addresses as with it', async () => {
    const port = serve(() => new Response('ok'))
    const egress = createEgress({ ...policy, allowHttp: true }, { resolve })
    expect((await egress.send(`http://inside.test:${port}/`, request())).status).toBe(200)
    const strict = createEgress({ ...STRICT, allowHttp: true }, { resolve })
    const refused = strict.send(`http://inside.test:${port}/`, request())
    await expect(refused).rejects.toThrow('the address is not allowed')
  })

  test('is for whoever asked for it: webhooks need TLS as before', async () => {
    const sent = createEgress(policy, { resolve }).send('http://inside.test/', request())
    await expect(sent).rejects.toThrow('the address is not allowed')
  })
})

test('nobody who calls through us chooses Host, or an encoding that we would have to unpack', async () => {
  const port = serve(({ headers }) => Response.json([headers.get('host'), headers.get('accept-encoding')]))
  const headers = { host: 'other.test', 'accept-encoding': 'gzip' }
  const response = await createEgress(DEV).send(`http://127.0.0.1:${port}/`, { ...request(), headers })
  expect(await response.json()).toEqual([`127.0.0.1:${port}`, 'identity'])
})

test('a name that does not resolve now may be configured, and is told of when it is called', async () => {
  const egress = createEgress(STRICT, { resolve: () => Promise.reject(new Error('ENOTFOUND at 10.0.0.53')) })
  expect((await egress.read('https://later.test/')).problem).toBeNull()
  const sent = egress.send('https://later.test/', request())
  await expect(sent).rejects.toThrow(/^the host name did not resolve$/)
})

test('where an address takes no connection, the next one is tried', async () => {
  const port = serve(() => new Response('ok'))
  const egress = createEgress(DEV, { resolve: async () => ['::1', '127.0.0.3', '127.0.0.1'] })
  expect((await egress.send(`http://localhost:${port}/`, request())).status).toBe(200)
})

test('a redirect is an answer like any other, and nobody goes there', async () => {
  let reached = 0
  const inside = serve(() => new Response(String(++reached)))
  const port = serve(() => Response.redirect(`http://127.0.0.1:${inside}/`, 307))
  const response = await createEgress(DEV).send(`http://127.0.0.1:${port}/`, request())
  expect([response.status, reached]).toEqual([307, 0])
})

test('an endless answer is cut off by cancelling it', async () => {
  const cut = Promise.withResolvers<string>()
  const pull = (controller: ReadableStreamDefaultController) => controller.enqueue(new Uint8Array(65_536))
  const port = serve(() => new Response(new ReadableStream({ pull, cancel: () => cut.resolve('cut') })))
  const response = await createEgress(DEV).send(`http://127.0.0.1:${port}/`, request())
  await response.body?.cancel()
  expect(await cut.promise).toBe('cut')
})

describe('the signal ends a request', () => {
  test('that waits for an answer', async () => {
    const arrived = Promise.withResolvers<void>()
    const port = serve(() => {
      arrived.resolve()
      return new Promise(() => {})
    })
    const stop = new AbortController()
    const sent = createEgress(DEV).send(`http://127.0.0.1:${port}/`, request(stop.signal))
    await arrived.promise
    stop.abort(new DOMException('', 'TimeoutError'))
    await expect(sent).rejects.toThrow('no answer came in time')
  })

  test('that waits for DNS', async () => {
    const stop = new AbortController()
    const egress = createEgress(DEV, { resolve: () => new Promise(() => {}) })
    const sent = egress.send('https://slow.test/', request(stop.signal))
    stop.abort(new DOMException('', 'TimeoutError'))
    await expect(sent).rejects.toThrow('no answer came in time')
  })
})

test('what went wrong says nothing of our host', async () => {
  const plain = serve(() => new Response())
  const egress = createEgress(DEV)
  const complaint = (url: string) => egress.send(url, request()).catch((error) => error.message)
  expect(await complaint(`http://127.0.0.1:${await silentPort()}/`)).toBe('the connection was refused')
  expect(await complaint(`https://127.0.0.1:${plain}/`)).toBe('no TLS connection could be made')
})
