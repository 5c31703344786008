import { describe, expect, test } from 'bun:test'
import { prettyJson } from '../../src/dashboard/page/parts/pretty-json.ts'
import { curlOf } from '../../src/dashboard/page/requests/curl.ts'
import { decisionSteps } from '../../src/dashboard/page/requests/decision-steps.ts'
import { editOf, textsOf } from '../../src/dashboard/page/requests/replay-edit.ts'
import type { Message } from '../../src/requests/capture.ts'

const key = { id: 'k', name: 'ci', prefix: 'wfk_0123456789abcdef' }
const made = { method: 'GET', path: '/api/v1/workflows', api: 'workflows', key, workerId: null } as const

function sent(headers: Record<string, string>, text: string | null = null): Message {
  const body = text === null ? null : { type: 'application/json', bytes: text.length, text, isCut: false }
  return { headers, body }
}

/** What a shell makes of a command: the words of `curl`, one by one. */
function wordsOf(command: string): string[] {
  const env = { WORKFLOWS_API_KEY: 'THE-KEY', WORKFUNDER_API_KEY: 'THE-FUNDER-KEY' }
  const script = `curl() { for word in "$@"; do printf '%s\\0' "$word"; done; }\n${command}`
  const { stdout, exitCode } = Bun.spawnSync(['sh', '-c', script], { env })
  expect(exitCode).toBe(0)
  return stdout.toString().split('\0').slice(0, -1)
}

describe('a request as a command of curl', () => {
  test('says all of it to a shell, whatever is in it, and the key as a variable', () => {
    const body = `{"a":"it's $HOME \`id\` \\" ! \n é"}`
    const headers = {
      'content-type': 'application/json',
      'x-api-key': '[redacted]',
      host: 'h',
      'x-note': "a'b",
    }
    const command = curlOf({ ...made, method: 'POST' }, 'http://localhost:1', sent(headers, body))
    expect(wordsOf(command)).toEqual([
      'http://localhost:1/api/v1/workflows',
      '-H',
      'x-api-key: THE-KEY',
      '-H',
      'content-type: application/json',
      '-H',
      "x-note: a'b",
      '--data-raw',
      body,
    ])
    expect(command).not.toContain('redacted')
  })

  test('has the key where nothing was kept, and where a replay brought it without a header', () => {
    for (const kept of [null, sent({})])
      expect(wordsOf(curlOf(made, 'http://h', kept))).toEqual([
        'http://h/api/v1/workflows',
        '-H',
        'x-api-key: THE-KEY',
      ])
    const funder = { ...made, api: 'workfunder', path: '/v1/tasks' } as const
    expect(wordsOf(curlOf(funder, 'http://h', null))).toContain('Authorization: Bearer THE-FUNDER-KEY')
  })

  test('has no key where none was sent', () => {
    expect(wordsOf(curlOf({ ...made, key: null }, 'http://h', sent({})))).toEqual([
      'http://h/api/v1/workflows',
    ])
  })

  test('keeps curl from reading more into it than was sent', () => {
    const odd = { ...made, method: 'DELETE', path: '/v1/[1-9]/../{a,b}', key: null }
    expect(wordsOf(curlOf(odd, 'http://h', sent({ 'x-empty': '' }, '@/etc/passwd')))).toEqual([
      '-X',
      'DELETE',
      '--globoff',
      '--path-as-is',
      'http://h/v1/[1-9]/../{a,b}',
      '-H',
      'x-empty;',
      '-H',
      'Content-Type:',
      '--data-raw',
      '@/etc/passwd',
    ])
    expect(wordsOf(curlOf({ ...odd, method: 'HEAD' }, 'http://h', sent({})))[0]).toBe('--head')
  })
})

describe('JSON in lines', () => {
  test('changes nothing but the white space', () => {
    const text = '{ "n":12345678901234567890.10, "e":[], "o":{},"t":"a, {b}: \\"c\\"", "l":[1,[true,null]] }'
    const pretty = prettyJson(text) ?? ''
    expect(pretty).toBe(
      '{\n  "n": 12345678901234567890.10,\n  "e": [],\n  "o": {},\n  "t": "a, {b}: \\"c\\"",\n  "l": [\n    1,\n    [\n      true,\n      null\n    ]\n  ]\n}',
    )
    expect(JSON.parse(pretty)).toEqual(JSON.parse(text))
  })

  test('is there for what was cut, and not for what is no JSON', () => {
    expect(prettyJson('{"a":{"b":"it goes o')).toBe('{\n  "a": {\n    "b": "it goes o')
    expect(prettyJson('a=1&b=2')).toBeNull()
  })

  test('grows by so much a bracket, however deep it is', () => {
    const brackets = '['.repeat(65_536)
    expect((prettyJson(brackets) ?? '').length).toBeLessThan(50 * brackets.length)
  })
})

describe('the decision step by step', () => {
  const limit = { policy: 'read', limit: 100, remaining: 98, resetAt: '2026-01-01T00:00:00.000Z' } as const
  const request = {
    api: 'workflows',
    status: 200,
    decision: 'admitted',
    reason: null,
    limit,
    durationMs: 2,
  } as const
  const outcomes = (of: Partial<Parameters<typeof decisionSteps>[0]>) =>
    decisionSteps({ ...request, ...of }).map(({ check, outcome }) => `${check} ${outcome}`)

  test.each([
    ['no key', { status: 401, decision: 'missing', reason: 'no key was sent' }, 'key'],
    ['a full window', { status: 429, decision: 'rate_limited', reason: '100 of 100 used' }, 'limit'],
    ['a scope that is not held', { status: 403, decision: 'forbidden', reason: 'needs x' }, 'scope'],
    ['a path that is not served', { status: 404, reason: 'Not found' }, 'path'],
    ['a method that is not served', { status: 405, reason: 'Method not allowed' }, 'path'],
    ['what the operation refuses', { status: 404, reason: 'Workflow not found' }, 'operation'],
    ['a fault', { status: 503, reason: 'fault flaky: answered 503' }, 'fault'],
    ['a connection that was cut', { status: 0, reason: 'fault lost: cut off after the work' }, 'fault'],
  ] as const)('stops at %s: all before it pass, and nothing after it is reached', (_, of, check) => {
    const steps = outcomes(of)
    const at = steps.indexOf(`${check} refuses`)
    expect(at).toBeGreaterThanOrEqual(0)
    expect(steps.slice(0, at).every((step) => step.endsWith('passes'))).toBe(true)
    expect(steps.slice(at + 1).every((step) => step.endsWith('not reached'))).toBe(true)
  })

  test('passes all the way where the request was answered', () => {
    expect(outcomes({})).toEqual([
      'key passes',
      'limit passes',
      'scope passes',
      'path passes',
      'operation passes',
    ])
  })

  test('tells of an address that is out of attempts, and of the key that it did not bring', () => {
    const of = { status: 429, decision: 'rate_limited', limit: { ...limit, policy: 'address' } } as const
    expect(outcomes(of).slice(0, 3)).toEqual(['key refuses', 'limit refuses', 'scope not reached'])
  })
})

describe('an edited replay', () => {
  const request = sent({ host: 'h', 'x-api-key': '[redacted]', accept: '*/*', 'x-a': '1' }, '{"a":1}')
  const was = { method: 'POST', path: '/v1/tasks?token=[redacted]', request }

  test('that changes nothing asks for no change, so that what was left out of it goes along', () => {
    expect(textsOf(was).headers).toBe('accept: */*\nx-a: 1')
    expect(editOf(was, textsOf(was))).toEqual({})
  })

  test('says what is other, and null for a header that is gone', () => {
    const texts = { method: 'PUT', path: '/v1/tasks', headers: 'X-A: 2\n\nx-b:3', body: '' }
    expect(editOf(was, texts)).toEqual({
      method: 'PUT',
      path: '/v1/tasks',
      headers: { accept: null, 'x-a': '2', 'x-b': '3' },
      body: '',
    })
  })

  test('is none where a line is no header', () => {
    expect(editOf(was, { ...textsOf(was), headers: 'accept' })).toBeNull()
  })
})
