import { describe, expect, test } from 'bun:test'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import {
  createEngine,
  type Engine,
  type Execute,
  type Execution,
  RUNS_OF_ONE_AT_ONCE,
} from '../../src/durable/engine.ts'
import { afterTest } from '../helpers/after-test.ts'
import { manualClock } from '../helpers/manual-clock.ts'
import { emptyFolder } from '../helpers/process.ts'

const RUN = { runId: 'run-1', attempt: 1 }

/** An engine on a file of its own; another on the same file takes its place when it has closed. */
function engineOn(path: string, execute: Execute): Engine {
  const engine = createEngine({ path, clock: manualClock(), execute, ownerOf, onLost: () => undefined })
  afterTest(() => engine.close(0))
  return engine
}

/** A run's owner is the letter that its id begins with. */
const ownerOf = ({ runId }: Execution) => runId.charAt(0)

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
    const left = new Set(Array.from({ length: RUNS_OF_ONE_AT_ONCE * 2 }, (_, i) => `run-${i}`))
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

describe('the places of runs', () => {
  /** An engine whose runs go on until they are told; `under` says whose are under way. */
  function holding(path: string) {
    const under = new Map<string, PromiseWithResolvers<void>>()
    const begun: string[] = []
    let changed = event()
    const engine = engineOn(path, async ({ runId }) => {
      const ended = event()
      under.set(runId, ended)
      begun.push(runId)
      changed.resolve()
      await ended.promise
      under.delete(runId)
    })
    return {
      engine,
      begun,
      under: (owner: string) => [...under.keys()].filter((runId) => runId.startsWith(owner)).length,
      end: (runId: string) => under.get(runId)?.resolve(),
      start: (owner: string, count: number) =>
        Promise.all(range(count).map((i) => engine.start({ runId: `${owner}${i}`, attempt: 1 }))),
      /** Waits until so many runs have begun. */
      async until(count: number) {
        while (begun.length < count) {
          changed = event()
          await changed.promise
        }
      },
    }
  }

  const range = (count: number) => Array.from({ length: count }, (_, i) => i)
  const MOST = RUNS_OF_ONE_AT_ONCE

  test('are never all held by one owner, whose other runs wait: those of others begin past them', async () => {
    const { engine, start, until, under, begun, end } = holding(newFile())
    await start('a', MOST + 20)
    await until(MOST)
    await start('b', 1)
    await until(MOST + 1)
    await start('c', 1)
    await until(MOST + 2)
    expect(begun.slice(-2)).toEqual(['b0', 'c0'])
    await engine.wake()
    expect([under('a'), under('b'), under('c')]).toEqual([MOST, 1, 1])
    for (const runId of ['b0', 'c0', 'a0']) end(runId)
    await until(MOST + 3)
    expect([under('a'), begun.at(-1)]).toEqual([MOST, `a${MOST}`])
  })

  test('of the reserve go to many owners, and each owner’s runs begin in the order they were started', async () => {
    const { start, until, under, begun, end } = holding(newFile())
    await start('a', MOST + 10)
    await until(MOST)
    await start('b', 30)
    await until(MOST + 8)
    await start('c', 30)
    await until(MOST + 8 + 4)
    await start('d', 30)
    await until(MOST + 8 + 4 + 2)
    expect([under('a'), under('b'), under('c'), under('d')]).toEqual([MOST, 8, 4, 2])
    for (const i of range(MOST)) end(`a${i}`)
    await until(MOST + 10 + 90)
    const order = (owner: string) => begun.filter((runId) => runId.startsWith(owner))
    for (const owner of ['a', 'b', 'c', 'd']) {
      expect(order(owner)).toEqual(range(owner === 'a' ? MOST + 10 : 30).map((i) => `${owner}${i}`))
    }
  })

  test('that a run waits for are asked for anew by the next process', async () => {
    const path = newFile()
    const first = holding(path)
    await first.start('a', MOST + 5)
    await first.until(MOST)
    await first.engine.wake()
    await first.engine.close(0)
    const second = holding(path)
    await second.engine.resume()
    await second.until(MOST)
    for (const runId of [...second.begun]) second.end(runId)
    await second.until(MOST + 5)
    expect(new Set(second.begun).size).toBe(MOST + 5)
  })

  test('are not for a run that is cancelled while it waits for its turn', async () => {
    const waits: Execution = { runId: 'a-waits', attempt: 1 }
    const [asked, full, release, done] = [Promise.withResolvers<string>(), event(), event(), event()]
    const begun: string[] = []
    const engine = engineOn(newFile(), async ({ runId }, id, steps) => {
      begun.push(runId)
      if (begun.length === MOST + 1) full.resolve()
      if (runId === 'a-last') return done.resolve()
      if (runId !== waits.runId) return release.promise
      asked.resolve(id)
      await steps.answered('question')
    })
    await engine.start(waits)
    const id = await asked.promise
    await Promise.all(range(MOST).map((i) => engine.start({ runId: `a${i}`, attempt: 1 })))
    await full.promise
    expect(await engine.answer(waits, 'question', 1)).toBe(true)
    await engine.wake()
    await engine.cancel(id)
    await engine.start({ runId: 'a-last', attempt: 1 })
    release.resolve()
    await done.promise
    expect(begun.filter((runId) => runId === waits.runId)).toHaveLength(1)
    expect(await engine.isOver(id)).toBe(true)
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
