import { Database } from 'bun:sqlite'
import { expect, test } from 'bun:test'
import { join } from 'node:path'
import { openClient } from '../../../src/db/driver.ts'
import { call } from '../../helpers/call.ts'
import { plantedKey } from '../../helpers/planted.ts'
import { emptyFolder, type ServerProcess, serveProcess } from '../../helpers/process.ts'
import { webhookReceiver } from '../../helpers/webhook-receiver.ts'

/** As --dev, on a folder that has no dev.env to greet with. */
const DEV = { KEYWARD_DEV: '1' }

const KILLS = 50
const RUNS_PER_LIFE = 2

/** One call less than the runs of one life make, so that at least one of them is not over. */
const CALLS_MAX = 11

/** About as long as a step takes from one call to the next. */
const ANSWERED_MAX_MS = 20

/** Calls out, waits, loops, and goes two ways at once. */
function steps(url: string) {
  const send = (id: string, mark = id) => ({
    id,
    type: 'api',
    config: { url, method: 'POST', body: { run: '{{runId}}', step: mark } },
  })
  return [
    send('first'),
    { id: 'pause', type: 'wait', config: { duration: 20 } },
    { id: 'each', type: 'loop', config: { collection: '{{input.list}}', steps: ['inside'] } },
    send('inside', 'each[{{index}}]/inside'),
    { id: 'both', type: 'parallel', config: { branches: [['left'], ['right']] } },
    send('left', 'both[0]/left'),
    send('right', 'both[1]/right'),
    send('last'),
  ]
}

/** What the dead server's engine has on disk as done: "RUN STEP" for each step that calls out. */
function recorded(folder: string): Set<string> {
  const db = new Database(join(folder, 'runs.db'))
  const rows = db
    .query<{ run: string; name: string }, []>(
      `select json_extract(r.input, '$.runId') as run, s.step_name as name from step_attempts s
       join workflow_runs r on r.id = s.workflow_run_id where s.status = 'completed' and s.step_name like '%#1'`,
    )
    .all()
  db.close()
  return new Set(rows.map(({ run, name }) => `${run} ${name.replace(/#1$/, '')}`))
}

/** A sequence that looks random and is the same each time (a linear congruential generator, Numerical Recipes). */
function randoms(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1664525 + 1013904223) % 2 ** 32
    return state / 2 ** 32
  }
}

/** How a server dies: at its n-th call, which has its answer by then or never gets one. */
type Death = { atCall: number; isAnswered: boolean; hasCome: PromiseWithResolvers<void> }

test('kill -9 at fifty random moments: every run ends, none is lost, and no recorded step runs again', async () => {
  const folder = emptyFolder()
  let death: Death | undefined
  const atLast = new Set<string>()
  const allAtLast = Promise.withResolvers<void>()
  const { url, received } = webhookReceiver(({ json }, count) => {
    if (death && count >= death.atCall) {
      death.hasCome.resolve()
      if (!death.isAnswered) return new Promise<Response>(() => {})
    }
    if (json.step === 'last') atLast.add(json.run)
    if (atLast.size === KILLS * RUNS_PER_LIFE) allAtLast.resolve()
    return Response.json({})
  })
  const random = randoms(20261121)
  const { key } = await plantedKey(folder)
  const start = () => serveProcess(['--data', folder, '--address-limit', '100000'], DEV)
  const api = (server: ServerProcess, line: string, json?: unknown) =>
    call(`${server.url}/api/v1`, line, { key, json })

  let server = await start()
  const body = { name: 'Crash', trigger: { type: 'api' }, steps: steps(url) }
  const { id } = (await api(server, 'POST /workflows', body)).json.data
  await api(server, `POST /workflows/${id}/activate`)

  const started: string[] = []
  let cutOff = 0
  let heldCalls = 0
  const lives: { callsBefore: number; done: Set<string> }[] = []
  for (let kill = 0; kill < KILLS; kill++) {
    const isAnswered = random() < 0.5
    const atCall = received.length + 1 + Math.floor(random() * CALLS_MAX)
    death = { atCall, isAnswered, hasCome: Promise.withResolvers() }
    const begun = Array.from({ length: RUNS_PER_LIFE }, () =>
      api(server, `POST /workflows/${id}/run`, { input: { list: [1, 2] } }),
    )
    for (const reply of await Promise.all(begun)) started.push(reply.json.data.runId)
    await death.hasCome.promise
    // Not a wait for anything: somewhere between an answer and its record, or the next call.
    if (isAnswered) await Bun.sleep(random() * ANSWERED_MAX_MS)
    await server.stop('SIGKILL')
    lives.push({ callsBefore: received.length, done: recorded(folder) })
    if (!isAnswered) heldCalls += 1
    if (!isAnswered && endsOf(folder).some((end) => end.endsWith(' running'))) cutOff += 1
    death = undefined
    server = await start()
  }
  await allAtLast.promise
  expect(await server.stop()).toMatchObject({ code: 0, stderr: '' })

  const calls = received.map(({ json }) => `${json.run} ${json.step}`)
  const repeated = lives.flatMap(({ callsBefore, done }) =>
    calls.slice(callsBefore).filter((call) => done.has(call)),
  )
  expect(repeated).toEqual([])
  // Otherwise the moments would not have been in the middle of anything.
  expect(cutOff).toBe(heldCalls)
  expect(heldCalls).toBeGreaterThan(KILLS / 4)
  expect(endsOf(folder)).toEqual(started.sort().map((run) => `${run} completed`))
  const wanted = ['first', 'each[0]/inside', 'each[1]/inside', 'both[0]/left', 'both[1]/right', 'last']
  for (const run of started) for (const step of wanted) expect(calls).toContain(`${run} ${step}`)
}, 540_000)

/** How each run stands on disk, of a server that has ended. */
function endsOf(folder: string): string[] {
  const client = openClient(join(folder, 'keyward.db'))
  const rows = client
    .prepare<[], { id: string; status: string }>('select id, status from runs order by id')
    .all()
  client.close()
  return rows.map(({ id, status }) => `${id} ${status}`)
}
