import { Database } from 'bun:sqlite'
import { describe, expect, test } from 'bun:test'
import { join } from 'node:path'
import {
  createEngine,
  type Engine,
  type Execute,
  RUNS_OF_ONE_AT_ONCE,
} from '../../../src/workflows/engine/engine.ts'
import type { Execution } from '../../../src/workflows/engine/execution-key.ts'
import { FOREVER } from '../../../src/workflows/engine/forever.ts'
import { createOwnOperations } from '../../../src/workflows/engine/own-operations.ts'
import { afterTest } from '../../helpers/after-test.ts'
import { manualClock } from '../../helpers/manual-clock.ts'
import { emptyFolder } from '../../helpers/process.ts'

/** An engine on a file of its own; a run's owner is the letter that its id begins with. */
function engineOn(path: string, execute: Execute): Engine {
  const ownerOf = ({ runId }: Execution) => runId.charAt(0)
  const engine = createEngine({ path, clock: manualClock(), execute, ownerOf, onAbandoned: () => undefined })
  afterTest(() => engine.close(0))
  return engine
}

const newFile = () => join(emptyFolder(), 'runs.db')

/** A promise, and who resolves it. */
const event = () => Promise.withResolvers<void>()

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
    await until(MOST + 7)
    await start('c', 30)
    await until(MOST + 7 + 7)
    await start('d', 30)
    await until(MOST + 7 + 7 + 7)
    expect([under('a'), under('b'), under('c'), under('d')]).toEqual([MOST, 7, 7, 7])
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
      await steps.waitForSignal('question')
    })
    await engine.start(waits)
    const id = await asked.promise
    await Promise.all(range(MOST).map((i) => engine.start({ runId: `a${i}`, attempt: 1 })))
    await full.promise
    expect(await engine.signal(waits, 'question', 1)).toBe(true)
    await engine.wake()
    await engine.cancel(id)
    await engine.start({ runId: 'a-last', attempt: 1 })
    release.resolve()
    await done.promise
    expect(begun.filter((runId) => runId === waits.runId)).toHaveLength(1)
    expect(await engine.isOver(id)).toBe(true)
  })

  test('are all given again after the file was locked while they were asked for', async () => {
    const path = newFile()
    const { engine, start, until, under, end, begun } = holding(path)
    await start('a', MOST + 20)
    await until(MOST)
    await engine.wake()
    const other = new Database(path)
    other.run('begin immediate')
    end('a0')
    await engine.wake()
    other.run('rollback')
    other.close()
    // The end is written when it can be, which gives its place to the next.
    await until(MOST + 1)
    for (const i of range(19)) end(`a${i + 1}`)
    await until(MOST + 20)
    expect([under('a'), new Set(begun).size]).toEqual([MOST, MOST + 20])
  })
})

test('a run is found in the very millisecond in which it was made or may go on', async () => {
  const path = newFile()
  const engine = engineOn(path, () => new Promise(() => undefined))
  await engine.start({ runId: 'a', attempt: 1 })
  await engine.close(0)
  const db = new Database(path)
  // The engine's thread may be at its last checkpoint.
  db.run('pragma busy_timeout = 10000')
  const operations = createOwnOperations(db)
  const ready = db.query("update workflow_runs set status = 'pending', available_at = ?")
  for (let i = 0; i < 500; i++) {
    // A millisecond ahead, as JavaScript may be of SQLite.
    ready.run(new Date(Date.now() + 1).toISOString())
    expect(operations.claimNext({ workerId: 'w', until: new Date('9999-12-31') })).toBeString()
  }
  db.close()
})

describe('when the host’s clock was set back after a run was made ready', () => {
  const SECOND = 1000
  test.each([
    ['that is new is found at once', { status: 'pending', attempts: 0, aheadMs: 30 * SECOND }, true],
    ['that was answered is found at once', { status: 'running', attempts: 1, aheadMs: 30 * SECOND }, true],
    ['whose next try is soon waits for it', { status: 'pending', attempts: 1, aheadMs: 30 * SECOND }, false],
    [
      'whose next try was soon does not wait',
      { status: 'pending', attempts: 1, aheadMs: 200 * SECOND },
      true,
    ],
  ])('a run %s', async (_, { status, attempts, aheadMs }, isFound) => {
    const path = newFile()
    const engine = engineOn(path, () => new Promise(() => undefined))
    await engine.start({ runId: 'a', attempt: 1 })
    await engine.close(0)
    const db = new Database(path)
    // The engine's thread may be at its last checkpoint.
    db.run('pragma busy_timeout = 10000')
    const at = new Date(Date.now() + aheadMs).toISOString()
    db.query('update workflow_runs set status = ?, attempts = ?, available_at = ?').run(status, attempts, at)
    const operations = createOwnOperations(db)
    expect(operations.claimNext({ workerId: 'w', until: FOREVER }) !== null).toBe(isFound)
    expect(operations.claimNext({ workerId: 'w', until: FOREVER })).toBeNull()
    db.close()
  })
})
