import { expect, test } from 'bun:test'
import { createRunStore } from '../../../src/workflows/runs/run-store.ts'
import { createWaits, type NewWait } from '../../../src/workflows/runs/waits.ts'
import { manualClock } from '../../helpers/manual-clock.ts'
import { ONE_RUN } from '../../helpers/one-run.ts'
import { testDatabase } from '../../helpers/test-database.ts'

const RUN = { id: 'r', accountId: 'a', attempt: 1 }
const REQUEST = { title: 'Pay?', description: null, approvers: [], context: null }
const ASKED: NewWait = { key: 'ask/wait', kind: 'approval', stepId: 'ask', dueAt: 1, request: REQUEST }

/** A run that is under way, and what it may wait for. */
function setUp() {
  const db = testDatabase()
  db.$client.exec(ONE_RUN)
  const store = createRunStore(db)
  const engine = () => {
    throw new Error('no engine is needed')
  }
  return {
    waits: createWaits({ db, runs: store, clock: manualClock(), onDisk: async () => {}, engine }),
    cancel: () => store.end(RUN, { status: 'cancelled', output: 'null', error: null }, 1),
    retry() {
      const run = store.get(RUN.id)
      if (run) store.retry(run, null)
    },
    /** Does what would delete the run's waits, and leaves them behind. */
    leaving(work: () => void) {
      db.$client.exec('create temp table kept as select * from run_waits')
      work()
      db.$client.exec('insert into run_waits select * from kept')
    },
    rows: () => db.$client.prepare('select * from run_waits').all(),
  }
}

test('a run that is ended while what it asks is written waits for nothing', async () => {
  const { waits, cancel, rows } = setUp()
  const opened = waits.open(RUN, ASKED)
  cancel()
  await opened
  expect(rows()).toEqual([])
})

test('a run that has begun once more does not wait for an approval that its earlier attempt asks for too late', async () => {
  const { waits, cancel, retry, rows } = setUp()
  const opened = waits.open(RUN, ASKED)
  cancel()
  retry()
  await opened
  expect(rows()).toEqual([])
})

test('an approval that an earlier attempt left behind is not open', async () => {
  const { waits, cancel, retry, leaving } = setUp()
  await waits.open(RUN, ASKED)
  leaving(cancel)
  retry()
  expect(waits.approvalWaits(RUN.id)).toEqual([])
  await waits.open({ ...RUN, attempt: 2 }, ASKED)
  expect(waits.approvalWaits(RUN.id)).toMatchObject([{ key: 'ask/wait', attempt: 2 }])
})

test('a wait that an ended run left behind is not offered to the engine for ever', async () => {
  const { waits, cancel, leaving } = setUp()
  await waits.open(RUN, ASKED)
  leaving(cancel)
  expect(await waits.due.take()).toBe(true)
  expect(waits.due.next()).toBeNull()
})
