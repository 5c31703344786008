import { describe, expect, test } from 'bun:test'
import { readTargetUrl } from '../../src/egress/target-url.ts'

const STRICT = { allowPrivate: false, allowHttpLoopback: false }
const PRIVATE = { allowPrivate: true, allowHttpLoopback: false }
const DEV = { allowPrivate: true, allowHttpLoopback: true }

const INSIDE = 'must not point to a private or reserved address'

test.each([
  'https://example.com/hooks',
  'https://example.com:8443/a?b=c',
  'https://8.8.8.8/',
  'https://[2606:4700::1]/',
])('%s will do', (url) => {
  expect(readTargetUrl(url, STRICT).problem).toBeNull()
})

describe('an address inside is refused in every spelling', () => {
  test.each([
    ...[
      'https://127.0.0.1/',
      'https://10.0.0.1/',
      'https://169.254.169.254/latest/meta-data',
      'https://0.0.0.0/',
    ],
    ...['https://[::1]/', 'https://[fe80::1]/', 'https://[::ffff:10.0.0.1]/', 'https://[::]/'],
    ...[
      'https://2130706433/',
      'https://0177.0.0.1/',
      'https://0x7f.1/',
      'https://127.1/',
      'https://127.0.0.1./',
    ],
    ...['https://localhost/', 'https://LOCALHOST./', 'https://api.localhost/', 'https://１２７.0.0.1/'],
    'https://[64:ff9b::7f00:1]/',
  ])('%s', (url) => {
    expect(readTargetUrl(url, STRICT).problem).toBe(INSIDE)
  })
})

test('private addresses pass where they are allowed, loopback with them', () => {
  for (const url of ['https://10.0.0.1/', 'https://localhost/', 'https://[::1]:8443/']) {
    expect(readTargetUrl(url, PRIVATE).problem).toBeNull()
  }
})

test('without TLS only loopback is called, and only by a development server', () => {
  for (const url of ['http://localhost:4000/', 'http://127.0.0.1:4000/', 'http://[::1]:4000/']) {
    expect([readTargetUrl(url, DEV).problem, readTargetUrl(url, PRIVATE).problem]).toEqual([
      null,
      'must be https',
    ])
  }
  for (const url of ['http://example.com/', 'http://10.0.0.1/', 'http://localhost.example.com/']) {
    expect(readTargetUrl(url, DEV).problem).toBe('must be https, or http to a loopback host')
  }
})

test('a workflow’s step may go without TLS, and no further than with it', () => {
  const steps = { ...STRICT, allowHttp: true }
  expect(readTargetUrl('http://example.com/', steps).problem).toBeNull()
  for (const url of ['http://10.0.0.1/', 'http://localhost/', 'http://[::1]/', 'http://2130706433/']) {
    expect(readTargetUrl(url, steps).problem).toBe(INSIDE)
  }
  expect(readTargetUrl('ftp://example.com/', steps).problem).toBe('must be an http or https URL')
})

test.each([
  ['', 'must be an https URL'],
  ['example.com/hooks', 'must be an https URL'],
  ['ftp://example.com/', 'must be an https URL'],
  ['file:///etc/passwd', 'must be an https URL'],
  ['javascript:alert(1)', 'must be an https URL'],
  ['https://', 'must be an https URL'],
  ['https://exa mple.com/', 'must be an https URL'],
  ['https://exam\nple.com/', 'must be an https URL'],
  [' https://example.com/', 'must be an https URL'],
  ['https://example.com:99999/', 'must be an https URL'],
  ['https://user:secret@example.com/', 'must not contain a user name or a password'],
  [`https://example.com/${'a'.repeat(2048)}`, 'must be a URL of at most 2048 characters'],
])('%j is refused, and not repeated', (url, problem) => {
  expect(readTargetUrl(url, STRICT)).toEqual({ url: null, problem })
})
