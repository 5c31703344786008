import { describe, expect, test } from 'bun:test'
import { serveConfig } from '../src/config.ts'

describe('a setting', () => {
  test('is the flag, else the variable, else the default', () => {
    expect(serveConfig({ port: '1' }, { KEYWARD_PORT: '2' }).port).toBe(1)
    expect(serveConfig({}, { KEYWARD_PORT: '2' }).port).toBe(2)
    expect(serveConfig({}, {}).port).toBe(3000)
  })

  test('has the documented default', () => {
    expect(serveConfig({}, {})).toEqual({
      host: '127.0.0.1',
      port: 3000,
      data: './data',
      dev: false,
      trustProxy: [],
      publicUrl: null,
      addressLimit: 300,
      sandboxPace: 1,
      runHistoryMs: 30 * 86_400_000,
      metricsListen: null,
      logFormat: null,
      logLevel: 'info',
      accessLog: false,
      signOutDashboard: false,
      workflowEnv: {},
      egress: { allowPrivate: false, allowHttpLoopback: false },
    })
  })

  test.each([
    [{ port: 'abc' }, {}, '--port must be a whole number from 0 to 65535, not "abc"'],
    [{ port: '99999' }, {}, '--port must be'],
    [{ port: '1e3' }, {}, '--port must be'],
    [{ port: '-1' }, {}, '--port must be'],
    [{}, { KEYWARD_PORT: '' }, 'KEYWARD_PORT must be a whole number from 0 to 65535, not ""'],
    [{ data: ' ' }, {}, '--data must be the path of a folder'],
    [{ host: 'a b' }, {}, '--host must be a host name'],
    [{}, { KEYWARD_DEV: 'yes' }, 'KEYWARD_DEV must be true or false'],
    [{ 'trust-proxy': '10.0.0.0/8,nonsense' }, {}, '--trust-proxy must be a list of networks'],
    [{ 'public-url': 'keys.example.com' }, {}, '--public-url must be an address such as'],
    [{ 'public-url': 'https:keys.example.com' }, {}, '--public-url must be'],
    [{ 'public-url': 'https://user:s3cret@keys.example.com' }, {}, '--public-url must be'],
    [{}, { KEYWARD_PUBLIC_URL: 'https://keys.example.com/?a=1' }, 'KEYWARD_PUBLIC_URL must be'],
    [{}, { KEYWARD_PUBLIC_URL: 'ftp://keys.example.com' }, 'KEYWARD_PUBLIC_URL must be'],
    [{}, { KEYWARD_ALLOW_PRIVATE_EGRESS: 'yes' }, 'KEYWARD_ALLOW_PRIVATE_EGRESS must be true or false'],
    [{ 'sandbox-pace': 'fast' }, {}, '--sandbox-pace must be a number from 0 to 1000'],
    [{ 'sandbox-pace': '-1' }, {}, '--sandbox-pace must be'],
    [{ 'log-format': 'xml' }, {}, '--log-format must be one of text, json, not "xml"'],
    [{}, { KEYWARD_LOG_LEVEL: 'loud' }, 'KEYWARD_LOG_LEVEL must be one of error, warn, info'],
    [{ 'metrics-listen': '9464' }, {}, '--metrics-listen must be an address and a port'],
    [{ 'metrics-listen': '[::1:9464' }, {}, '--metrics-listen must be'],
    [{ 'metrics-listen': 'localhost:99999' }, {}, '--metrics-listen must be'],
    [{}, { KEYWARD_ADDRESS_LIMIT: '0' }, 'KEYWARD_ADDRESS_LIMIT must be a whole number from 1'],
  ])('that is malformed stops the program: %p %p', (flags, env, message) => {
    expect(() => serveConfig(flags, env)).toThrow(message)
  })
})

test.each([
  [{ 'public-url': 'https://user:s3cReT@keys.example.com' }, {}, '--public-url must be an address'],
  [{ 'public-url': 'user:s3cReT@keys.example.com' }, {}, '--public-url must be an address'],
  [{}, { KEYWARD_PUBLIC_URL: 'https://keys.example.com/?token=s3cReT' }, 'KEYWARD_PUBLIC_URL must be'],
  [{ host: 'https://user:s3cReT@localhost' }, {}, '--host must be a host name'],
])('a malformed setting is not repeated where it may hold a password: %p %p', (flags, env, message) => {
  const read = () => serveConfig(flags, env)
  expect(read).toThrow(message)
  expect(read).not.toThrow('s3cReT')
})

test.each(['0.0.0.0', '192.168.1.1', '::', 'example.com', '127.evil.com'])(
  '--dev refuses the host %s',
  (host) => {
    expect(() => serveConfig({ dev: true, host }, {})).toThrow('--dev serves loopback only')
  },
)

test.each(['127.0.0.1', '127.8.8.8', '::1', 'localhost'])('--dev accepts the host %s', (host) => {
  expect(serveConfig({ dev: true, host }, {}).host).toBe(host)
})

test.each([
  [{}, {}, false, false],
  [{ 'allow-private-egress': true }, {}, true, false],
  [{}, { KEYWARD_ALLOW_PRIVATE_EGRESS: '1' }, true, false],
  [{ dev: true }, {}, true, true],
  [{ dev: true, 'allow-private-egress': false }, {}, false, true],
])('our own requests may go inside when told, or under --dev: %p %p', (flags, env, allowPrivate, http) => {
  expect(serveConfig(flags, env).egress).toEqual({ allowPrivate, allowHttpLoopback: http })
})

test.each([
  ['https://keys.example.com', 'https://keys.example.com'],
  ['https://Keys.example.com:8443/', 'https://keys.example.com:8443'],
  ['http://intranet/keyward//', 'http://intranet/keyward'],
])('--public-url %s begins addresses with %s', (given, publicUrl) => {
  expect(serveConfig({ 'public-url': given }, {}).publicUrl).toBe(publicUrl)
})
