import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Call, call } from './helpers/call.ts'
import { emptyFolder, type Finished, keyward, serveProcess } from './helpers/process.ts'

const ALL = { KEYWARD_LOG_FORMAT: 'json', KEYWARD_LOG_LEVEL: 'info' }

/** What a client would not want to read in our log either. */
const CREDENTIAL = 'sk-credential-0123456789abcdef'
const WORKFLOW_SECRET = 'workflow-secret-0123456789abcdef'

/** Everything that a program could tell of a key is in here: how it was made, used well and badly, replaced, and lost. */
async function session(folder: string) {
  const written: string[] = []
  const secrets = new Map<string, string>([
    ['a credential', CREDENTIAL],
    ['a workflow’s secret', WORKFLOW_SECRET],
  ])
  const server = await serveProcess(['--dev', '--data', folder, '--access-log'], ALL)

  async function command(...words: string[]): Promise<Finished> {
    const finished = await keyward([...words, '--data', folder])
    written.push(finished.stdout, finished.stderr)
    return finished
  }
  const admin = (...words: string[]) => command('admin', ...words)
  /** Only what makes a secret shows it, once: on stdout, and there alone. */
  async function made(name: string, ...words: string[]): Promise<string> {
    const { stdout, stderr } = await keyward(['admin', ...words, '--data', folder])
    written.push(stderr)
    const secret = stdout.trim()
    expect([name, secret.length > 30]).toEqual([name, true])
    secrets.set(name, secret)
    return secret
  }
  async function ask(line: string, options: Call) {
    const reply = await call(server.url, line, options)
    return reply.json
  }
  async function asked(line: string, options: Call): Promise<void> {
    written.push((await call(server.url, line, options)).text)
  }

  const dev = readFileSync(join(folder, 'dev.env'), 'utf8')
  const [workflows = '', live = '', test = '', ...refused] = [
    ...dev.matchAll(/(?:wfk_|wf_live_|wf_test_)\w+/g),
  ].map(([key]) => key)
  for (const key of [workflows, live, test, ...refused]) secrets.set(`${key.slice(0, 20)} of dev.env`, key)
  const create = ['keys', 'create', '--api', 'workflows', '--name']
  const first = await made('a key', ...create, 'CI')
  const second = await made('its next secret', 'keys', 'rotate', first.slice(0, 20), '--overlap', '1h')
  const worker = await made(
    'a worker’s key',
    ...['workers', 'create', '--first-name', 'Ada', '--last-name', 'L', '--city', 'C', '--state', 'NY'],
    ...['--latitude', '1', '--longitude', '1'],
  )
  const byHttp = await ask('POST /api/v1/auth/api-keys', {
    key: workflows,
    json: { name: 'By HTTP', scopes: ['workflows:read'] },
  })
  secrets.set('a key made over HTTP', byHttp.data.key)
  const rotated = await ask(`POST /api/v1/auth/api-keys/${byHttp.data.id}/rotate`, {
    key: byHttp.data.key,
    json: { overlapSeconds: 60 },
  })
  secrets.set('a key rotated over HTTP', rotated.data.key)
  const ofFunder = await ask('POST /v1/account/keys', {
    bearer: live,
    json: { name: 'By HTTP', environment: 'test' },
  })
  secrets.set('a WorkFunder key made over HTTP', ofFunder.key)
  const webhook = { url: `${server.url}/nowhere`, events: ['task.created'] }
  const target = await ask('PUT /v1/account/webhook', { bearer: test, json: webhook })
  secrets.set('a webhook’s secret', target.webhook_secret)

  await command('tail', '--last', '20', '--once', '--bodies', '--json')

  // Used well, badly, in the wrong place, and in places where nobody should put a key.
  for (const key of [first, second, rotated.data.key]) await asked('GET /api/v1/workflows', { key })
  await asked(`GET /api/v1/workflows?key=${first}&api_key=${live}`, { key: second })
  await asked(`GET /api/v1/workflows/${second}`, { key: second })
  await asked(`GET /v1/tasks/${live.replaceAll('_', '%5F')}`, { bearer: live })
  await asked(`GET /${live}/${worker}`, {})
  await asked('GET /v1/account', { bearer: workflows })
  await asked('GET /v1/account', { bearer: `${live}x` })
  await asked('GET /portal/tasks', { bearer: worker })
  await asked('POST /api/v1/workflows', { key: workflows, json: { [first]: live, name: worker } })
  await asked('POST /api/v1/workflows', { key: workflows, body: `{"${live}": ${first}` })
  await asked('POST /api/v1/connections', {
    key: workflows,
    json: { name: 'c', provider: 'http', type: 'api_key', credentials: { apiKey: CREDENTIAL } },
  })
  await asked('POST /api/v1/connections', { key: workflows, json: { credentials: CREDENTIAL } })
  const workflow = await ask('POST /api/v1/workflows', {
    key: workflows,
    json: { name: 'w', trigger: { type: 'api' }, steps: [] },
  })
  const secretsPath = `/api/v1/workflows/${workflow.data?.id}/secrets`
  await asked(`POST ${secretsPath}`, { key: workflows, json: { name: 'S', value: WORKFLOW_SECRET } })
  await asked(`PUT ${secretsPath}/S`, { key: workflows, json: { value: WORKFLOW_SECRET } })
  await asked('POST /webhooks/nobody?token=x', { headers: { Authorization: `Bearer ${first}` }, body: live })

  const fault = { match: { key: second, path: '/api/v1/none' }, answer: { status: 500 } }
  await asked('PUT /_dev/faults/one', { json: fault })
  await asked('PUT /_dev/faults/none', { json: { match: { key: `${second.slice(0, -1)}!` }, answer: {} } })
  await command('dev', 'faults', 'set', 'other', '--key', second, '--status', '500', '--path', '/x')
  await command('dev', 'faults', 'list', '--json')
  await asked(`GET /_dev/requests?key=${second}`, {})
  await asked('POST /v1/account/keys', {
    bearer: live,
    json: { name: 'Again', environment: 'test' },
    headers: { 'X-Request-Id': 'makes-a-key' },
  })
  written.pop()
  await asked('POST /_dev/requests/makes-a-key/replay', {
    json: { edit: { headers: { authorization: `Bearer ${live}` } } },
  })
  await command('dev', 'requests', 'replay', 'makes-a-key')
  await asked('POST /_dev/webhooks/send', { json: { event: 'task.created', data: { key: live } } })
  await asked('GET /_dev/requests', {})

  await command('tail', '--last', '20', '--once', '--bodies', '--json')
  await command('tail', '--last', '20', '--once', '--bodies')
  await admin('keys', 'show', second.slice(0, 20))
  await admin('keys', 'revoke', first)
  await admin('keys', 'explain', second, '--method', 'GET', '--path', `/api/v1/workflows/${first}`)
  await asked('GET /api/v1/workflows', { key: first })
  await asked('GET /api/v1/workflows', { key: second })
  await command('tail', '--last', '1000', '--once', '--json')
  written.push(await (await fetch(`${server.url}/metrics`)).text())
  await admin('audit', 'export')
  const { code, stdout, stderr } = await server.stop()
  written.push(stdout, stderr)
  return { code, secrets, written, stderr }
}

test('no secret that the program made or was given is in anything that it wrote', async () => {
  const { code, secrets, written, stderr } = await session(emptyFolder())
  expect([code, secrets.size]).toEqual([0, 20])
  const events = stderr
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).event)
  expect(events.filter((event) => event === 'request').length).toBeGreaterThan(20)
  const all = written.join('\n')
  expect(all).toContain('keys.rotate')
  // Nobody knows the keys that replays have made: the answers that told them are shown without them.
  expect(all).toMatch(/ {2}201 {2}POST \/v1\/account\/keys .*replay-/)
  expect(all.match(/wf_test_\w{40}/g)).toBeNull()
  for (const shown of [
    '"webhook_secret":"[redacted]"',
    '"credentials":"[redacted]"',
    '> authorization: [redacted]',
  ])
    expect([shown, all.includes(shown) || all.includes(JSON.stringify(shown).slice(1, -1))]).toEqual([
      shown,
      true,
    ])
  for (const [name, secret] of secrets) {
    // What comes behind the 20 characters that lists show; of what is no key, all.
    const hidden = /^wf/.test(secret) ? secret.slice(20) : secret
    const at = written.filter((text) => text.includes(hidden))
    expect([name, at]).toEqual([name, []])
  }
}, 120_000)
