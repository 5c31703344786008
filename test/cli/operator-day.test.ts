import { describe, expect, test } from 'bun:test'
import { call } from '../helpers/call.ts'
import { plant } from '../helpers/planted.ts'
import { proofForm, TASK, TIMES_SQUARE } from '../helpers/portal-app.ts'
import { emptyFolder, keyward, type ServerProcess, serveProcess } from '../helpers/process.ts'
import { onTerminal } from '../helpers/pty.ts'

type Run = (...words: string[]) => ReturnType<typeof keyward>

const WORKER = { firstName: 'Ada', lastName: 'Doe', city: 'New York', state: 'NY', ...TIMES_SQUARE }

/** A data folder with a funded account, its keys, and a worker. */
async function folderWithAccount() {
  const folder = emptyFolder()
  const run: Run = (...words) => keyward(['admin', ...words, '--data', folder])
  const made = await plant(folder, async ({ accounts, keys, workers }) => {
    const { id } = await accounts.create({ name: 'Acme', tier: 'pro' })
    await accounts.credit({ id, cents: 50_000 })
    return {
      account: id,
      bearer: (await keys.create({ api: 'workfunder', environment: 'live', name: 'k' })).key,
      key: (await keys.create({ api: 'workflows', name: 'k' })).key,
      worker: await workers.create(WORKER),
    }
  })
  return { folder, run, ...made }
}

/** With a task that waits for a worker, one in dispute, and a server. */
async function folderWithTasks() {
  const { folder, run, account, bearer, worker } = await folderWithAccount()
  const server = await serveProcess(['--data', folder])
  const developer = async (line: string, json?: object) =>
    (await call(`${server.url}/v1`, line, { bearer, json })).json
  const portal = (line: string, options: object = {}) =>
    call(`${server.url}/portal`, line, { bearer: worker.key, ...options })

  async function task(title: string): Promise<string> {
    const { id } = await developer('POST /tasks', { ...TASK, title })
    await developer(`POST /tasks/${id}/fund`)
    return id
  }

  const [open, disputed] = [await task('Open'), await task('Disputed')]
  await portal(`POST /tasks/${disputed}/accept`)
  await portal(`POST /tasks/${disputed}/check-in`, { json: TIMES_SQUARE })
  await portal(`POST /tasks/${disputed}/proof`, { body: proofForm() })
  await developer(`POST /tasks/${disputed}/dispute`, { reason: 'wrong store' })
  return { folder, run, account, worker, open, disputed, server }
}

/** With a run that waits for an approval. */
async function folderWithRun() {
  const { folder, run, key } = await folderWithAccount()
  const server = await serveProcess(['--data', folder])
  const api = async (line: string, json?: object) =>
    (await call(`${server.url}/api/v1`, line, { key, json })).json.data
  const steps = [{ id: 'ask', type: 'approval', config: { title: 'Pay?', approvers: ['kim'] } }]
  const { id: workflow } = await api('POST /workflows', { name: 'W', trigger: { type: 'api' }, steps })
  await api(`POST /workflows/${workflow}/activate`)
  const { runId } = await api(`POST /workflows/${workflow}/run`, {
    mode: 'sync',
    input: { card: 'card of Ada' },
  })
  return { folder, run, server, id: runId as string }
}

/** @returns what a command prints, that succeeds and says nothing on stderr. */
async function done(run: Run, ...words: string[]): Promise<string> {
  const { code, stdout, stderr } = await run(...words)
  expect([code, stderr]).toEqual([0, ''])
  return stdout
}

/** The same promises by both doors: the running server's socket, and the database itself. */
const DOORS: [string, (server: ServerProcess) => Promise<unknown>][] = [
  ['a running server', async () => undefined],
  ['the folder alone', (server) => server.stop()],
]

describe.each(DOORS)('by way of %s', (_, reach) => {
  test('a task that is stuck is found, looked at, and ended', async () => {
    const { run, server, worker, account, open, disputed } = await folderWithTasks()
    await reach(server)
    expect(await done(run, 'tasks', 'list', '--status', 'disputed', '--plain')).toMatch(
      new RegExp(`^${disputed}\tDisputed\tdisputed\t.*\t\\$50\\.00\t${worker.id}\t${account}\n$`),
    )
    const shown = await done(run, 'tasks', 'show', disputed)
    expect(shown).toContain('REASON          wrong store\n')
    expect(shown).toMatch(/^MONEY +\$50\.00: \$42\.00 for the worker, \$8\.00 fee; \$50\.00 is held$/m)
    expect(shown).toMatch(/^\S+ \S+Z +disputed +developer$/m)
    expect(shown).toMatch(/^1 +photo +pending +0 /m)
    expect(shown).not.toMatch(/secret-42|Broadway/)
    expect(await done(run, 'tasks', 'cancel', open)).toBe('Cancelled: task "Open" is refunded.\n')
  })

  test('a dispute is found, looked at, and decided', async () => {
    const { run, server, disputed } = await folderWithTasks()
    await reach(server)
    expect(await done(run, 'disputes', 'list')).toContain('wrong store')
    expect((await run('disputes', 'show', disputed)).stdout).toMatch(/^RESOLVED +no$/m)
    expect(await done(run, 'disputes', 'resolve', disputed, '--for', 'worker')).toBe(
      'Resolved for the worker: task "Disputed" is completed.\n',
    )
    expect((await run('disputes', 'list')).stderr).toBe('No disputes.\n')
  })

  test('a run is shown without the data that went through it, and cancelled once', async () => {
    const { run, server, id } = await folderWithRun()
    await reach(server)
    const details = await done(run, 'runs', 'show', id)
    expect(details).toMatch(/^WAITS FOR +ask \(kim\)$/m)
    expect(details).toMatch(/^ask +approval +running +1 /m)
    expect(details).not.toContain('card of Ada')
    expect(await done(run, 'runs', 'cancel', id)).toBe(`Cancelled: run ${id}.\n`)
    expect((await run('runs', 'cancel', id)).stderr).toStartWith('error: Run is cancelled')
    expect(await done(run, 'runs', 'show', id)).toMatch(/^STATUS +cancelled$/m)
  })

  test('a worker is suspended, resumed, and given a new key, which is alone on stdout', async () => {
    const { folder, run, worker } = await folderWithAccount()
    await reach(await serveProcess(['--data', folder]))
    await run('workers', 'suspend', worker.id)
    expect(await done(run, 'workers', 'resume', worker.id)).toBe('Worker Ada Doe may work again.\n')
    const { code, stdout, stderr } = await run('workers', 'new-key', worker.id)
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^wfw_[0-9A-Za-z]{40}\n$/)])
    expect(stderr).toContain('the old one is refused')
    expect(stderr).not.toContain(stdout.trim().slice(20))
    const { keyPrefix } = JSON.parse((await run('workers', 'list', '--json')).stdout)[0]
    expect(keyPrefix).toBe(stdout.slice(0, 20))
  })

  test('an account is renamed and debited, and each change is a row of the audit trail', async () => {
    const { folder, run, account } = await folderWithAccount()
    await reach(await serveProcess(['--data', folder]))
    const update = ['accounts', 'update', account, '--name', 'Acme Inc', '--email', 'ops@acme.example']
    expect(await done(run, ...update)).toContain('Acme Inc')
    const debit = await run('accounts', 'debit', account, '--cents', '50001')
    expect([debit.code, debit.stderr]).toEqual([1, 'error: the account has a balance of 50000 cents only\n'])
    expect((await run('accounts', 'debit', account, '--cents', '50000')).stdout).toBe('0\n')
    const rows = JSON.parse(await done(run, 'audit', 'list', '--account', account, '--json'))
    expect(rows.map(({ action }: { action: string }) => action)).toEqual([
      ...['accounts.debit', 'accounts.update', 'keys.create', 'keys.create'],
      ...['accounts.credit', 'accounts.create'],
    ])
    expect((await run('audit', 'verify')).code).toBe(0)
  })
})

test('an account is deleted only after a yes, and with all that is shown', async () => {
  const { folder, run, account } = await folderWithAccount()
  const words = ['accounts', 'delete', account]
  const unsure = await run(...words)
  expect([unsure.code, unsure.stderr]).toEqual([
    ...[1, 'error: the account has 2 live keys and 50000 cents; --yes deletes them too\n'],
  ])
  const person = onTerminal(['admin', ...words, '--data', folder])
  await person.sees('Delete account "Acme" with 2 keys (2 live) and 50000 cents, for good?')
  person.types('\r')
  expect((await person.ends()).screen).toContain('nothing was changed')
  expect(await done(run, 'accounts', 'show', account)).toMatch(/^KEYS +2, 2 of them not revoked$/m)
  expect(await done(run, ...words, '--yes')).toBe(
    'Deleted account "Acme" with 2 keys (2 live) and 50000 cents.\n',
  )
  expect((await run('accounts', 'list')).stderr).toStartWith('No accounts.')
})

test('a run that was cancelled without a server is not taken up by the next one', async () => {
  const { run, server, id, folder } = await folderWithRun()
  await server.stop()
  await run('runs', 'cancel', id)
  const next = await serveProcess(['--data', folder])
  expect((await run('runs', 'approve', id)).stderr).toContain('no approval is open')
  expect(JSON.parse((await run('runs', 'show', id, '--json')).stdout).status).toBe('cancelled')
  expect((await next.stop()).stderr).not.toContain('internal error')
})

test('on a terminal, what cannot be undone is asked about, and no is what Enter means', async () => {
  const { run, folder, open, disputed, worker } = await folderWithTasks()
  const questions: [string[], string][] = [
    [['tasks', 'cancel', open], 'Cancel task'],
    [['disputes', 'resolve', disputed, '--for', 'worker'], 'Decide the dispute'],
    [['runs', 'cancel', 'x'], 'Cancel run'],
    [['workers', 'new-key', worker.id], 'End the key'],
  ]
  for (const [words, question] of questions) {
    const person = onTerminal(['admin', ...words, '--data', folder])
    await person.sees(question)
    person.types('\r')
    expect(await person.ends()).toMatchObject({
      code: 1,
      screen: expect.stringContaining('nothing was changed'),
    })
  }
  const last = JSON.parse((await run('audit', 'list', '--limit', '1', '--json')).stdout)
  expect(last).not.toMatchObject([{ action: expect.stringMatching(/cancel|resolve|newKey/) }])
  const sure = await onTerminal(['admin', 'tasks', 'cancel', open, '--yes', '--data', folder]).ends()
  expect(sure).toMatchObject({ code: 0, screen: expect.stringContaining('is refunded') })
})
