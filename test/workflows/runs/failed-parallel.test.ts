import { Database } from 'bun:sqlite'
import { expect, test } from 'bun:test'
import { join } from 'node:path'
import { call } from '../../helpers/call.ts'
import { emptyFolder, keyward, type ServerProcess, serveProcess } from '../../helpers/process.ts'
import { until } from '../../helpers/until.ts'
import { webhookReceiver } from '../../helpers/webhook-receiver.ts'

const LIVES = 4
const RUNS_PER_LIFE = 8

/** About as long as it takes from the answer of a call to the record of its parallel's end. */
const ANSWERED_MAX_MS = 15

/** Two branches wait; the first fails when its wait is over, which ends the parallel; the run goes on behind it. */
function steps(url: string) {
  const send = (id: string, config: object = {}) => ({
    id,
    type: 'api',
    config: { url, method: 'POST', body: { run: '{{runId}}', step: id }, ...config },
  })
  const wait = (id: string, duration: number) => ({ id, type: 'wait', config: { duration } })
  const branches = [
    ['soon', 'bad'],
    ['later', 'late'],
  ]
  return [
    {
      id: 'both',
      type: 'parallel',
      config: { strategy: 'fail-fast', branches },
      errorHandling: { strategy: 'continue' },
    },
    wait('soon', 20),
    { ...send('bad', { failOnError: true }), retryConfig: { maxAttempts: 1 } },
    wait('later', 500),
    send('late'),
    send('after'),
  ]
}

/** The runs of which a server that has died has on disk that the branch failed. */
function failedIn(folder: string): Set<string> {
  const db = new Database(join(folder, 'runs.db'))
  const rows = db
    .query<{ run: string }, []>(
      `select json_extract(r.input, '$.runId') as run from step_attempts s join workflow_runs r on r.id = s.workflow_run_id
       where s.status = 'completed' and s.step_name = 'both[0]/bad#1'`,
    )
    .all()
  db.close()
  return new Set(rows.map(({ run }) => run))
}

test('no branch of a parallel begins a step after another failed, over waits, replays and kill -9', async () => {
  const folder = emptyFolder()
  let isLast = false
  const held: (() => void)[] = []
  const { url, received } = webhookReceiver(({ json }) => {
    if (json.step === 'bad') return 500
    if (json.step !== 'after' || isLast) return 204
    return new Promise((resolve) => held.push(() => resolve(204)))
  })
  const words = ['admin', 'keys', 'create', '--api', 'workflows', '--name', 'k', '--data', folder]
  const key = (await keyward(words)).stdout.trim()
  const start = () => serveProcess(['--data', folder, '--address-limit', '100000'], { KEYWARD_DEV: '1' })
  const api = async (server: ServerProcess, line: string, json?: unknown) =>
    (await call(`${server.url}/api/v1`, line, { key, json })).json.data

  let server = await start()
  const { id } = await api(server, 'POST /workflows', {
    name: 'w',
    trigger: { type: 'api' },
    steps: steps(url),
  })
  await api(server, `POST /workflows/${id}/activate`)
  const runs: string[] = []
  /** Calls that came before a server died, and the runs whose branch had failed by then. */
  const deaths: { calls: number; failed: Set<string> }[] = []
  for (let life = 0; life < LIVES; life++) {
    for (let i = 0; i < RUNS_PER_LIFE; i++) {
      runs.push((await api(server, `POST /workflows/${id}/run`, {})).runId)
    }
    const failures = () => received.filter(({ json }) => json.step === 'bad').length
    const before = failures()
    await until(() => failures() > before + (life % RUNS_PER_LIFE))
    // Not a wait for anything: somewhere between the answer and the records of what follows.
    await Bun.sleep((ANSWERED_MAX_MS * life) / LIVES)
    await server.stop('SIGKILL')
    deaths.push({ calls: received.length, failed: failedIn(folder) })
    server = await start()
  }
  isLast = true
  for (const answer of held) answer()
  for (const run of runs)
    await until(async () => (await api(server, `GET /runs/${run}`)).status === 'completed')
  await server.stop()

  const calls = received.map(({ json }) => `${json.run} ${json.step}`)
  for (const run of runs) {
    const ended = calls.indexOf(`${run} after`)
    expect(ended).toBeGreaterThan(calls.indexOf(`${run} bad`))
    expect(calls.slice(ended)).not.toContain(`${run} late`)
  }
  for (const { calls: before, failed } of deaths) {
    const late = received.slice(before).filter(({ json }) => json.step === 'late' && failed.has(json.run))
    expect(late).toEqual([])
  }
}, 180_000)
