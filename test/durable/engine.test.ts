import { describe, expect, test } from 'bun:test'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { createEngine, type Engine, type Execute, RUNS_AT_ONCE } from '../../src/durable/engine.ts'
import { afterTest } from '../helpers/after-test.ts'
import { manualClock, START_MS } from '../helpers/manual-clock.ts'
import { emptyFolder } from '../helpers/process.ts'

const RUN = { runId: 'run-1', attempt: 1 }

/** An engine on a file of its own; another on the same file takes its place when it has closed. */
function engineOn(path: string, execute: Execute): Engine {
  const engine = createEngine({ path, clock: manualClock(), execute, onLost: () => undefined })
  afterTest(() => engine.close(0))
  return engine
}

const newFile = () => join(emptyFolder(), 'runs.db')

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
    const left = new Set(Array.from({ length: RUNS_AT_ONCE * 2 }, (_, i) => `run-${i}`))
    const done = event()
    const engine = engineOn(newFile(), async ({ runId }, _, steps) => {
      await steps.once('step', async () => runId)
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
      const first = await steps.once('first', async () => ++works)
      asked.resolve()
      done.resolve([first, await steps.answered('question')])
    })
    await engine.start(RUN)
    await asked.promise
    while (!(await engine.answer(RUN, 'question', { ok: true })));
    expect(await done.promise).toEqual([1, { ok: true }])
    expect(works).toBe(1)
  })

  test('sees what a step recorded, in this execution and before, without doing the step', async () => {
    const path = newFile()
    const seen: unknown[][] = []
    const looked = [event(), event()]
    const look: Execute = async (_run, _id, steps) => {
      const before = steps.recorded('first')
      await steps.once('first', async () => ({ paid: true }))
      seen.push([before, steps.recorded('first'), steps.recorded('second')])
      looked[seen.length - 1]?.resolve()
      // Cut off here, so that the next engine takes it up.
      if (seen.length === 1) await steps.once('second', () => new Promise(() => undefined))
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

  test('is told of the first of two answers', async () => {
    const asked = event()
    const done = Promise.withResolvers<unknown>()
    const engine = engineOn(newFile(), async (_run, _id, steps) => {
      asked.resolve()
      done.resolve(await steps.answered('question'))
    })
    await engine.start(RUN)
    await asked.promise
    while (!(await engine.answer(RUN, 'question', 1)));
    await engine.answer(RUN, 'question', 2)
    expect(await done.promise).toBe(1)
  })

  test('that nobody waits for takes no answer', async () => {
    const engine = engineOn(newFile(), async () => undefined)
    await engine.start(RUN)
    expect(await engine.answer(RUN, 'question', 1)).toBe(false)
  })
})

describe('an engine that closes', () => {
  test('lets the step under way end, begins none after it, and leaves the rest to the next', async () => {
    const path = newFile()
    const inFirst = event()
    const goOn = event()
    const log: string[] = []
    const execute: Execute = async (_run, _id, steps) => {
      await steps.once('first', async () => {
        log.push('first')
        inFirst.resolve()
        await goOn.promise
      })
      await steps.once('second', async () => void log.push('second'))
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
      await steps.once('step', () => {
        begun.resolve()
        return new Promise(() => undefined)
      })
    })
    await engine.start(RUN)
    await begun.promise
    await engine.close(0)
    const again = Promise.withResolvers<string>()
    const next = engineOn(path, async (_run, _id, steps) => {
      again.resolve(await steps.once('step', async () => 'again'))
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

describe('what an execution leaves', () => {
  test('is its records: what is done with its output, what is waited for, in the order they began', async () => {
    const asked = Promise.withResolvers<string>()
    const engine = engineOn(newFile(), async (_run, id, steps) => {
      await steps.once('first', async () => ({ a: 1 }))
      await steps.once('nothing', async () => undefined)
      asked.resolve(id)
      await steps.answered('question')
    })
    await engine.start(RUN)
    const id = await asked.promise
    const waits = async () => (await engine.records(id)).length === 3
    while (!(await waits()));
    expect(await engine.records(id)).toMatchObject([
      { name: 'first', isDone: true, output: { a: 1 } },
      { name: 'nothing', isDone: true, output: null },
      { name: 'question', isDone: false },
    ])
  })

  test('tells when a step began until its record is done, also while the work has just ended', async () => {
    const asked = Promise.withResolvers<unknown>()
    const engine = engineOn(newFile(), async (_run, id, steps) => {
      await steps.once('step', async () => {
        // Asked before the record is done, and answered after the work has ended.
        asked.resolve(engine.records(id))
      })
    })
    await engine.start(RUN)
    expect(await asked.promise).toMatchObject([{ name: 'step', isDone: false, startedAt: START_MS }])
  })

  test('is gone when it is forgotten, and that of others is not', async () => {
    const ids = new Map<string, string>()
    const both = event()
    const engine = engineOn(newFile(), async ({ runId }, id, steps) => {
      await steps.once('step', async () => 1)
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

test('an engine whose file cannot be opened says so, and opens it when that is mended', async () => {
  const folder = join(emptyFolder(), 'later')
  const done = event()
  const engine = engineOn(join(folder, 'runs.db'), async () => done.resolve())
  await expect(engine.start(RUN)).rejects.toThrow('failed to open')
  mkdirSync(folder)
  await engine.start(RUN)
  await done.promise
})
