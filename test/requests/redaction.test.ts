import { describe, expect, test } from 'bun:test'
import { redactedTarget, redactedText } from '../../src/requests/redaction.ts'

const KEY = `wf_live_${'aB3'.repeat(13)}x`
const SECRET = 'hunter2-hunter2'
const JWT = `eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.${'s1G'.repeat(14)}`

const base64 = (text: string) => Buffer.from(text).toString('base64')
const percent = (text: string) => [...Buffer.from(text)].map((byte) => `%${byte.toString(16)}`).join('')
const escaped = (text: string) =>
  [...text].map((c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')

describe('nothing is left of a secret', () => {
  test.each<[where: string, text: string]>([
    ['a field', JSON.stringify({ password: SECRET })],
    ['a field with space around it', `{ "api_key" :\n "${SECRET}" , "a": 1 }`],
    ['a field of any letters', JSON.stringify({ ClientSECRET: SECRET })],
    ['a field whose name is escaped', `{"${escaped('password')}":"${SECRET}"}`],
    ['an object of secrets', JSON.stringify({ credentials: { a: [{ b: `}"]${SECRET}` }], c: SECRET } })],
    ['a list of secrets', JSON.stringify({ tokens: ['a', SECRET], ok: 1 })],
    ['a number', JSON.stringify({ token: 734_523_987_234 }).replace('734523987234', SECRET)],
    ['a row', `{"headers":[{"Key":"Authorization","Value":"${SECRET}"}]}`],
    ['a row of other names', `[{ "name": "DB_PASSWORD", "value": ["${SECRET}"] }]`],
    ['a row that is turned round', `[{"value":"${SECRET}","name":"api_token","x":1}]`],
    ['JSON in a string', JSON.stringify({ body: JSON.stringify({ password: SECRET }) })],
    ['JSON in JSON in a string', JSON.stringify([JSON.stringify([JSON.stringify({ password: SECRET })])])],
    ['a field of a value that is cut', `{"a":1,"password":"${SECRET}`],
    ['an object that is cut', `{"a":1,"credentials":{"x":["${SECRET}`],
    ['a field of broken JSON', `{"a":,"password":"${SECRET}"`],
    ['a field in single quotes', `{'password': '${SECRET} ${SECRET}'}`],
    ['a form', `a=1&password=${SECRET}&b=2`],
    ['a form with a name in brackets', `user%5Bpassword%5D=${SECRET}&b=2`],
    ['a form that has JSON', `payload=${encodeURIComponent(JSON.stringify({ password: SECRET }))}&b=2`],
    [
      'a form that has JSON, encoded twice',
      `p=${encodeURIComponent(encodeURIComponent(`{"token":"${SECRET}"}`))}`,
    ],
    ['a query', `/v1/x?a=1&access_token=${SECRET}&b=2`],
    ['a query whose name is encoded', `/v1/x?a=1&${percent('token')}=${SECRET}&b=2`],
    ['a URL in JSON', JSON.stringify({ url: `https://x.test/f.jpg?expires=1&signature=${SECRET}` })],
    ['the user of a URL', JSON.stringify({ url: `https://ada:${SECRET}@x.test/` })],
    ['a line', `Host: x\r\nX-Secret: some ${SECRET}\r\nAccept: y`],
    ['basic credentials', `{"header":"Basic ${base64(`ada:${SECRET}`)}"}`],
    ['a bearer', `{"header":"bearer ${SECRET}"}`],
    ['a bearer in a form', `header=Bearer+${SECRET}`],
    ['a cookie', `Set-Cookie: id=${SECRET}; Path=/`],
  ])('%s', (_, text) => {
    const shown = redactedText(text)
    for (const form of [SECRET, base64(`ada:${SECRET}`), encodeURIComponent(SECRET)])
      expect(shown).not.toContain(form)
    expect(shown).toContain('[redacted]')
  })

  test.each<[form: string, hidden: string, text: string]>([
    ['a key', KEY.slice(20), `{"note":"use ${KEY} please"}`],
    ['a key as a name', KEY.slice(20), `{"${KEY}":1}`],
    ['a key outside of a string', KEY.slice(20), `{"a":${KEY}`],
    ['a key whose _ is encoded', KEY.slice(20), KEY.replaceAll('_', '%5f')],
    ['a key, encoded', percent(KEY).slice(60), `x=${percent(KEY)}`],
    [
      'a key, encoded twice',
      encodeURIComponent(percent(KEY)).slice(100),
      `x=${encodeURIComponent(percent(KEY))}`,
    ],
    ['a key, escaped', escaped(KEY).slice(120), `{"a":"${escaped(KEY)}"}`],
    ['a key in base64', base64(KEY).slice(28), `{"a":"${base64(KEY)}"}`],
    ['a key in base64 behind a path', base64(KEY).slice(28), `/x/${base64(KEY)}`],
    ['a key in base64 with a user', base64(`ada:${KEY}`).slice(32), base64(`ada:${KEY}`)],
    ['a worker’s key', 'Z'.repeat(20), `wfw_${'Z'.repeat(40)}`],
    ['a webhook’s secret', 'Z'.repeat(8), `the secret is whsec_${'Z'.repeat(32)}.`],
    ['a JWT', JWT.split('.')[2] ?? '', `{"a":"${JWT}"}`],
    ['a JWT in a text', JWT.split('.')[1] ?? '', `it was %22${JWT}%22, yes`],
  ])('%s', (_, hidden, text) => {
    expect(text).toContain(hidden)
    expect(redactedText(text)).not.toContain(hidden)
  })
})

test.each([
  JSON.stringify({ name: 'Rötung', steps: [{ id: 'a', config: { url: 'https://x.test:8080/a?b=c&d=e' } }] }),
  'a=1&b=two+words&c=%C3%A4',
  'The basic information, at 10:30: all well. See http://localhost:3000/docs (v1.2.3)',
  `{"id":"${crypto.randomUUID()}","Idempotency-Key":"order-1","at":"2026-11-21T09:00:00.000Z"}`,
  '/api/v1/workflows?limit=20&status=active',
  '{"broken": ["\\u12", nul',
  '',
])('what holds no secret stays as it is: %p', (text) => {
  expect(redactedText(text)).toBe(text)
})

test('a field beside a secret stays, and so does the rest of a query', () => {
  expect(redactedText('{"a":"x","password":"y","b":[1]}')).toBe('{"a":"x","password":"[redacted]","b":[1]}')
  expect(redactedTarget('http://h/v1?token=a%20b&page=2')).toBe('/v1?token=[redacted]&page=2')
})

test('what is redacted already stays so, also inside of a string with escapes', () => {
  const once = redactedText(JSON.stringify({ note: `a\npassword: ${SECRET}\ntoken=${SECRET}` }))
  expect(once).toBe('{"note":"a\\npassword: [redacted]\\ntoken=[redacted]"}')
  expect(redactedText(once)).toBe(once)
})
