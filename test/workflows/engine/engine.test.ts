import { Database } from 'bun:sqlite'
import { describe, expect, test } from 'bun:test'
import { mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import {
  createEngine,
  type DurableSteps,
  type Engine,
  type Execute,
  RUNS_OF_ONE_AT_ONCE,
} from '../../../src/workflows/engine/engine.ts'
import { createSharedStore, type Phase } from '../../../src/workflows/engine/guarded-backend.ts'
import { createLeases } from '../../../src/workflows/engine/leases.ts'
import { STATEMENTS } from '../../../src/workflows/engine/own-operations.ts'
import { TEXT_STATEMENTS } from '../../../src/workflows/engine/run-texts.ts'
import { connectThread } from '../../../src/workflows/engine/thread-backend.ts'
import { afterTest } from '../../helpers/after-test.ts'
import { inEngineFile, tieRecords } from '../../helpers/engine-file.ts'
import { manualClock, START_MS } from '../../helpers/manual-clock.ts'
import { emptyFolder } from '../../helpers/process.ts'
import { until } from '../../helpers/until.ts'

const RUN = { runId: 'run-1', attempt: 1 }

/** An engine on a file of its own; another on the same file takes its place when it has closed. */
function engineOn(path: string, execute: Execute): Engine {
  const engine = createEngine({
    path,
    clock: manualClock(),
    execute,
    ownerOf: () => 'a',
    onAbandoned: () => undefined,
  })
  afterTest(() => engine.close(0))
  return engine
}

const newFile = () => join(emptyFolder(), 'runs.db')

/** What the work was refused with. */
const refusal = (work: Promise<unknown>) => work.then(() => null).catch(({ message }: Error) => message)

/** A promise, and who resolves it. */
const event = () => Promise.withResolvers<void>()

describe('an execution', () => {
  test('is worked on as soon as it is started, once for each start under its name', async () => {
    const worked: string[] = []
    const done = event()
    const engine = engineOn(newFile(), async ({ runId }) => {
      worked.push(runId)
      if (worked.length === 2) done.resolve()
    })
    await engine.start(RUN)
    await engine.start(RUN)
    await engine.start({ runId: 'run-2', attempt: 1 })
    await done.promise
    expect(worked).toEqual(['run-1', 'run-2'])
  })

  test('runs beside others, also when there are more than it has slots for', async () => {
    const left = new Set(Array.from({ length: RUNS_OF_ONE_AT_ONCE * 2 }, (_, i) => `run-${i}`))
    const done = event()
    const engine = engineOn(newFile(), async ({ runId }, _, steps) => {
      await steps.runStep('step', async () => runId)
      left.delete(runId)
      if (left.size === 0) done.resolve()
    })
    await Promise.all([...left].map((runId) => engine.start({ runId, attempt: 1 })))
    await done.promise
    expect(left.size).toBe(0)
  })

  test('that waits goes on with the answer, and does no recorded step again', async () => {
    let works = 0
    const asked = event()
    const done = Promise.withResolvers<unknown[]>()
    const engine = engineOn(newFile(), async (_run, _id, steps) => {
      const first = await steps.runStep('first', async () => ++works)
      asked.resolve()
      done.resolve([first, await steps.waitForSignal('question')])
    })
    await engine.start(RUN)
    await asked.promise
    await until(() => engine.signal(RUN, 'question', { ok: true }))
    expect(await done.promise).toEqual([1, { ok: true }])
    expect(works).toBe(1)
  })

  test('sees what a step recorded, in this execution and before, without doing the step', async () => {
    const path = newFile()
    const seen: unknown[][] = []
    const looked = [event(), event()]
    const look: Execute = async (_run, _id, steps) => {
      const before = steps.recorded('first')
      await steps.runStep('first', async () => ({ paid: true }))
      seen.push([before, steps.recorded('first'), steps.recorded('second')])
      looked[seen.length - 1]?.resolve()
      // Cut off here, so that the next engine takes it up.
      if (seen.length === 1) await steps.runStep('second', () => new Promise(() => undefined))
    }
    const first = engineOn(path, look)
    await first.start(RUN)
    await looked[0]?.promise
    await first.close(0)
    await engineOn(path, look).resume()
    await looked[1]?.promise
    const paid = { paid: true }
    expect(seen).toEqual([
      [undefined, paid, undefined],
      [paid, paid, undefined],
    ])
  })

  test('is told what the executions before it recorded, and counts what a crash cut off', async () => {
    const path = newFile()
    const told: DurableSteps['history'][] = []
    const looked = [event(), event()]
    let engineRunId = ''
    const look: Execute = async (_run, id, steps) => {
      engineRunId = id
      told.push(steps.history)
      looked[told.length - 1]?.resolve()
      if (told.length > 1) return
      await steps.runStep('done', async () => null)
      const cutOff = steps.runStep('cut off', () => new Promise(() => undefined))
      await Promise.allSettled([cutOff, steps.waitForSignal('question')])
    }
    const first = engineOn(path, look)
    await first.start(RUN)
    await looked[0]?.promise
    await until(async () => (await first.records(engineRunId)).length === 3)
    await first.close(0)
    await engineOn(path, look).resume()
    await looked[1]?.promise
    expect(told).toEqual([
      { rows: 0, names: new Set() },
      { rows: 3, names: new Set(['done', 'question']) },
    ])
  })

  test('is told of the first of two answers', async () => {
    const asked = event()
    const done = Promise.withResolvers<unknown>()
    const engine = engineOn(newFile(), async (_run, _id, steps) => {
      asked.resolve()
      done.resolve(await steps.waitForSignal('question'))
    })
    await engine.start(RUN)
    await asked.promise
    await until(() => engine.signal(RUN, 'question', 1))
    await engine.signal(RUN, 'question', 2)
    expect(await done.promise).toBe(1)
  })

  test('that nobody waits for takes no answer', async () => {
    const engine = engineOn(newFile(), async () => undefined)
    await engine.start(RUN)
    expect(await engine.signal(RUN, 'question', 1)).toBe(false)
  })
})

describe('a run that is worked on', () => {
  /** An engine at work on a step that never ends. @returns the row of its run, and its thread. */
  async function atWork() {
    const folder = emptyFolder()
    const begun = event()
    const engine = engineOn(join(folder, 'runs.db'), async (_run, _id, steps) => {
      await steps.runStep('step', () => {
        begun.resolve()
        return new Promise(() => undefined)
      })
    })
    await engine.start(RUN)
    await begun.promise
    const leaseOf = (db: Database) =>
      db.query<Lease, []>('select id, worker_id as workerId, available_at as until from workflow_runs').get()
    return { folder, engine, lease: () => inEngineFile(folder, leaseOf) }
  }
  type Lease = { id: string; workerId: string; until: string }

  test('is claimed for ever, so that no clock and no standstill has this process claim it again', async () => {
    const { lease } = await atWork()
    expect(Number(lease()?.until.slice(0, 4))).toBeGreaterThan(7000)
  })

  test.each<[status: string, phase: Phase]>([
    ['running', 'open'],
    ['completed', 'open'],
    ['canceled', 'open'],
    ['running', 'closing'],
    ['running', 'closed'],
  ])(
    'and is %s keeps its claim, without a failure, when openworkflow wants to extend that (the engine is %s)',
    async (status, phase) => {
      const { folder, lease } = await atWork()
      inEngineFile(folder, (db) => db.run('update workflow_runs set status = ?', [status]))
      const before = lease()
      const thread = await connectThread({ path: join(folder, 'runs.db'), syncs: true })
      const store = createSharedStore({
        thread,
        leases: createLeases(thread),
        claim: async () => null,
        phase: () => phase,
        onAbandoned: () => undefined,
        wake: () => undefined,
      })
      await store.extendWorkflowRunLease({
        workflowRunId: before?.id ?? '',
        workerId: before?.workerId ?? '',
        leaseDurationMs: 30_000,
      })
      await thread.stop()
      expect(lease()).toEqual(before)
    },
  )
})

describe('while another program has locked the file', () => {
  /** Locks the file until it is told to let go. */
  function lock(path: string): () => void {
    const other = new Database(path)
    other.run('begin immediate')
    return () => {
      other.run('rollback')
      other.close()
    }
  }

  test('what a step did is kept until it can be written, and done once', async () => {
    const path = newFile()
    let works = 0
    const locked = Promise.withResolvers<() => void>()
    const done = Promise.withResolvers<unknown>()
    const engine = engineOn(path, async ({ runId }, _id, steps) => {
      if (runId !== RUN.runId) return
      const first = await steps.runStep('first', async () => {
        works += 1
        locked.resolve(lock(path))
        return 'kept'
      })
      done.resolve([first, await steps.runStep('second', async () => works)])
    })
    await engine.start(RUN)
    const unlock = await locked.promise
    // Refused when it has waited for the lock; what the step did was refused before it.
    expect(await refusal(engine.start({ runId: 'run-2', attempt: 1 }))).toBe('database is locked')
    unlock()
    expect(await done.promise).toEqual(['kept', 1])
    expect(works).toBe(1)
  })

  test('a run that has ended is not done again: its end is written when it can be', async () => {
    const path = newFile()
    const locked = Promise.withResolvers<() => void>()
    const second = event()
    const log: string[] = []
    const engine = engineOn(path, async ({ runId }, _id, steps) => {
      await steps.runStep('step', async () => void log.push(runId))
      if (runId === RUN.runId) locked.resolve(lock(path))
      else second.resolve()
    })
    await engine.start(RUN)
    const unlock = await locked.promise
    expect(await refusal(engine.start({ runId: 'run-2', attempt: 1 }))).toBe('database is locked')
    unlock()
    await engine.start({ runId: 'run-2', attempt: 1 })
    await second.promise
    await engine.close()
    const statuses = inEngineFile(dirname(path), (db) =>
      db.query('select status from workflow_runs order by rowid').values().flat(),
    )
    expect([log, statuses]).toEqual([
      ['run-1', 'run-2'],
      ['completed', 'completed'],
    ])
  })
})

describe('an engine that closes', () => {
  test('lets the step under way end, begins none after it, and leaves the rest to the next', async () => {
    const path = newFile()
    const inFirst = event()
    const goOn = event()
    const log: string[] = []
    const execute: Execute = async (_run, _id, steps) => {
      await steps.runStep('first', async () => {
        log.push('first')
        inFirst.resolve()
        await goOn.promise
      })
      await steps.runStep('second', async () => void log.push('second'))
      done.resolve()
    }
    const done = event()
    const engine = engineOn(path, execute)
    await engine.start(RUN)
    await inFirst.promise
    const closed = engine.close()
    goOn.resolve()
    await closed
    expect(log).toEqual(['first'])
    const next = engineOn(path, execute)
    await next.resume()
    await done.promise
    expect(log).toEqual(['first', 'second'])
  })

  test('does not wait for ever for a step that never ends; the next one does that step again', async () => {
    const path = newFile()
    const begun = event()
    const engine = engineOn(path, async (_run, _id, steps) => {
      await steps.runStep('step', () => {
        begun.resolve()
        return new Promise(() => undefined)
      })
    })
    await engine.start(RUN)
    await begun.promise
    await engine.close(0)
    const again = Promise.withResolvers<string>()
    const next = engineOn(path, async (_run, _id, steps) => {
      again.resolve(await steps.runStep('step', async () => 'again'))
    })
    await next.resume()
    expect(await again.promise).toBe('again')
  })

  test('that never began has nothing to close', async () => {
    const path = newFile()
    await engineOn(path, async () => undefined).close()
    expect(await Bun.file(path).exists()).toBe(false)
  })
})

describe('records()', () => {
  test('returns each step with its output, and what is waited for, in the order they began', async () => {
    const asked = Promise.withResolvers<string>()
    const engine = engineOn(newFile(), async (_run, id, steps) => {
      await steps.runStep('first', async () => ({ a: 1 }))
      await steps.runStep('nothing', async () => undefined)
      asked.resolve(id)
      await steps.waitForSignal('question')
    })
    await engine.start(RUN)
    const id = await asked.promise
    await until(async () => (await engine.records(id)).length === 3)
    expect(await engine.records(id)).toMatchObject([
      { name: 'first', isDone: true, output: { a: 1 } },
      { name: 'nothing', isDone: true, output: null },
      { name: 'question', isDone: false },
    ])
  })

  test('returns steps in the order in which they began, also where all began in the same millisecond', async () => {
    const folder = emptyFolder()
    const names = ['s5', 's1', 's4', 's2', 's3']
    const ids: string[] = []
    const all = event()
    const engine = engineOn(join(folder, 'runs.db'), async (_run, id, steps) => {
      for (const name of names) await steps.runStep(name, async () => name)
      if (ids.push(id) === 10) all.resolve()
    })
    for (let i = 0; i < 10; i++) await engine.start({ runId: `run-${i}`, attempt: 1 })
    await all.promise
    tieRecords(folder)
    for (const id of ids) expect((await engine.records(id)).map(({ name }) => name)).toEqual(names)
  })

  test('tells when a step began until its record is done, also when the work has just ended', async () => {
    const asked = Promise.withResolvers<unknown>()
    const engine = engineOn(newFile(), async (_run, id, steps) => {
      await steps.runStep('step', async () => {
        // Asked before the record is done, and answered after the work has ended.
        asked.resolve(engine.records(id))
      })
    })
    await engine.start(RUN)
    expect(await asked.promise).toMatchObject([{ name: 'step', isDone: false, startedAt: START_MS }])
  })

  test('returns nothing of an execution that was forgotten, and all of the others', async () => {
    const ids = new Map<string, string>()
    const both = event()
    const engine = engineOn(newFile(), async ({ runId }, id, steps) => {
      await steps.runStep('step', async () => 1)
      ids.set(runId, id)
      if (ids.size === 2) both.resolve()
    })
    await engine.start(RUN)
    await engine.start({ runId: 'run-2', attempt: 1 })
    await both.promise
    await engine.forget([RUN])
    expect(await engine.records(ids.get('run-1') ?? '')).toEqual([])
    expect(await engine.records(ids.get('run-2') ?? '')).toHaveLength(1)
  })
})

describe('what Keyward asks of the engine’s tables', () => {
  test('is found by an index, and no table is scanned', async () => {
    const folder = emptyFolder()
    const engine = engineOn(join(folder, 'runs.db'), async () => undefined)
    await engine.start(RUN)
    for (const statement of Object.values(STATEMENTS)) {
      const plan = inEngineFile(folder, (db) => db.query(`explain query plan ${statement}`).all()) as Plan
      const details = plan.map(({ detail }) => detail).join('; ')
      expect(details).toContain('namespace_id=?')
      expect(details).not.toMatch(/SCAN (workflow|step)/)
    }
  })
  type Plan = { detail: string }[]

  test('and of its own is found by an index', async () => {
    const folder = emptyFolder()
    const engine = engineOn(join(folder, 'runs.db'), async () => undefined)
    await engine.start(RUN)
    for (const statement of Object.values(TEXT_STATEMENTS)) {
      const plan = inEngineFile(folder, (db) => db.query(`explain query plan ${statement}`).all()) as Plan
      for (const { detail } of plan)
        expect(detail).toMatch(
          /^SEARCH .*\((execution|rowid|namespace_id)=\?|COVERING INDEX keyward_carried_place|^USE TEMP B-TREE FOR ORDER BY$/,
        )
    }
  })

  test('is forgotten in slices, so that a run of many steps holds up no other call', async () => {
    const path = newFile()
    const done = event()
    const names = Array.from({ length: 500 }, (_, i) => `step-${i}`)
    const engine = engineOn(path, async (_run, _id, steps) => {
      for (const name of names) await steps.runStep(name, async () => name)
      done.resolve()
    })
    await engine.start(RUN)
    await done.promise
    const thread = await connectThread({ path, syncs: true })
    const forgotten: number[] = []
    while (!forgotten.includes(1)) forgotten.push(await thread.forgetSome([`${RUN.runId}/1`]))
    await thread.stop()
    expect(forgotten.length).toBeGreaterThan(2)
    const left = inEngineFile(dirname(path), (db) =>
      db.query('select (select count(*) from step_attempts) + (select count(*) from workflow_runs)').values(),
    )
    expect(left).toEqual([[0]])
  })
})

test('an engine whose file cannot be opened says so, and opens it when that is mended', async () => {
  const folder = join(emptyFolder(), 'later')
  const done = event()
  const engine = engineOn(join(folder, 'runs.db'), async () => done.resolve())
  await expect(engine.start(RUN)).rejects.toThrow('failed to open')
  mkdirSync(folder)
  await engine.start(RUN)
  await done.promise
})

test('what a run left is told at once where it is small and all of it is done, and else by way of the thread', async () => {
  let done = Promise.withResolvers<string>()
  const engine = engineOn(newFile(), async ({ runId }, id, steps) => {
    await steps.runStep('step', async () => (runId === 'large' ? runId.repeat(5000) : runId))
    done.resolve(id)
    if (runId === 'waits') await steps.waitForSignal('never')
  })
  const idOf = async (runId: string) => {
    done = Promise.withResolvers<string>()
    await engine.start({ runId, attempt: 1 })
    return done.promise
  }
  const small = await idOf('small')
  const record = { name: 'step', isDone: true, output: 'small', startedAt: null }
  expect([engine.doneRecords(small), await engine.records(small)]).toEqual([[record], [record]])
  const waits = await idOf('waits')
  await until(async () => (await engine.records(waits)).length === 2)
  expect(engine.doneRecords(waits)).toBeNull()
  expect(engine.doneRecords(await idOf('large'))).toBeNull()
})

test('an engine whose thread has ended leaves no call without an answer, and is not ready', async () => {
  const threads: Worker[] = []
  const Thread = globalThis.Worker
  globalThis.Worker = class extends Thread {
    constructor(url: string | URL) {
      super(url)
      threads.push(this)
    }
  }
  afterTest(() => {
    globalThis.Worker = Thread
  })
  const begun = event()
  const engine = engineOn(join(emptyFolder(), 'runs.db'), async (_run, _id, steps) => {
    await steps.runStep('step', async () => {
      begun.resolve()
      await Promise.withResolvers<void>().promise
    })
  })
  await engine.start(RUN)
  await begun.promise
  expect(engine.isReady()).toBe(true)
  expect([engine.doneRecords('x'), engine.version()]).toEqual([[], expect.any(Number)])
  const asked = Array.from({ length: 5 }, () => engine.records('x'))
  for (const thread of threads) thread.terminate()
  const settled = await Promise.allSettled(asked)
  expect(settled.at(-1)).toMatchObject({ status: 'rejected', reason: { name: 'ThreadEnded' } })
  await expect(engine.start({ runId: 'next', attempt: 1 })).rejects.toThrow('has ended')
  expect([engine.doneRecords('x'), engine.version()]).toEqual([null, null])
  expect(engine.isReady()).toBe(false)
  await engine.close(0)
})
