import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { openClient } from '../../src/db/driver.ts'
import { migrate } from '../../src/db/migrate.ts'
import { migrations } from '../../src/db/migrations.ts'
import { openDatabase } from '../../src/db/open.ts'
import { type Limiter, subject } from '../../src/limits/limiter.ts'
import { createLimits } from '../../src/limits/limits.ts'
import { createWindowStore } from '../../src/limits/store.ts'
import { loggedDuring } from '../helpers/logged.ts'
import { type ManualClock, manualClock } from '../helpers/manual-clock.ts'
import { emptyFolder } from '../helpers/process.ts'
import { testApp } from '../helpers/test-app.ts'
import { testDatabase } from '../helpers/test-database.ts'

/** Of every subject here, unless a test is about large windows. */
const LIMIT = 5

function setUp(db = testDatabase()) {
  const clock = manualClock()
  const limits = createLimits(clock)
  const store = createWindowStore(limits, db)
  const saveSome = (windowsMax = 10_000) => store.saveSome(windowsMax, clock.elapsed())
  /** A round that begins now, to its end. */
  function saveRound() {
    clock.advance(2000)
    for (let turn = 0; turn < 10; turn++) saveSome()
  }
  const changes = () => Number(db.$client.prepare('select total_changes()').pluck().get())
  const chunks = () => db.$client.prepare('select count(*) from rate_window_chunks').pluck().get()
  return {
    db,
    clock,
    limits,
    store,
    saveSome,
    saveRound,
    changes,
    chunks,
    afterRestart: restarter(db, clock),
  }
}

/** What a process that starts now finds. */
function restarter(db: ReturnType<typeof testDatabase>, clock: ManualClock) {
  return () => {
    const fresh = createLimits(clock)
    createWindowStore(fresh, db).restore()
    return fresh
  }
}

function used(limiter: Limiter, id: string, limit = LIMIT): number {
  return limit - limiter.peek(subject(id), limit).remaining
}

function keyId(number: number): string {
  return `00000000-0000-7000-8000-${String(number).padStart(12, '0')}`
}

function takeOfEach(limiter: Limiter, count: number) {
  for (let i = 0; i < count; i++) limiter.take(subject(`key ${i}`), LIMIT)
}

function usedByAll(limiter: Limiter, count: number): number {
  return Array.from({ length: count }, (_, i) => used(limiter, `key ${i}`)).reduce((sum, one) => sum + one, 0)
}

describe('windows over a restart', () => {
  test('a clean stop keeps every one of them, each under its own limiter', () => {
    const { limits, store, afterRestart } = setUp()
    limits.read.take(subject('a'), LIMIT)
    limits.write.take(subject('a'), LIMIT)
    limits.write.take(subject('a'), LIMIT)
    store.saveAll()
    const fresh = afterRestart()
    expect([used(fresh.read, 'a'), used(fresh.write, 'a'), used(fresh.execute, 'a')]).toEqual([1, 2, 0])
  })

  test('a clean stop keeps the time of each request, whatever happened before', () => {
    const request = fc.record({
      limiter: fc.constantFrom('read' as const, 'write' as const, 'address' as const),
      id: fc.constantFrom('a', 'b', '"', '\n', 'ключ', '192.0.2.1', '2001:db8::/56', ''),
      waitMs: fc.nat(20_000),
      saves: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.array(request, { maxLength: 60 }), fc.nat(70_000), (requests, downMs) => {
        const { limits, store, clock, saveSome, afterRestart } = setUp()
        for (const { limiter, id, waitMs, saves } of requests) {
          clock.advance(waitMs)
          limits[limiter].take(subject(id), LIMIT)
          if (saves) saveSome(1)
        }
        store.saveAll()
        clock.advance(downMs)
        const fresh = afterRestart()
        for (const { limiter, id } of requests)
          for (const limit of [LIMIT, 1])
            expect(fresh[limiter].peek(subject(id), limit)).toEqual(limits[limiter].peek(subject(id), limit))
      }),
      { numRuns: 30 },
    )
  })

  test('a crash loses only what came since a window was last written', () => {
    const { limits, saveRound, afterRestart } = setUp()
    takeOfEach(limits.read, 1200)
    saveRound()
    limits.read.take(subject('key 0'), LIMIT)
    expect([afterRestart().read.size, used(afterRestart().read, 'key 0')]).toEqual([1200, 1])
    saveRound()
    expect([afterRestart().read.size, used(afterRestart().read, 'key 0')]).toEqual([1200, 2])
  })

  test('a crash in the middle of a round finds what is written of it, and the round before for the rest', () => {
    const { limits, saveRound, saveSome, clock, afterRestart } = setUp()
    takeOfEach(limits.read, 1200)
    takeOfEach(limits.write, 1200)
    saveRound()
    takeOfEach(limits.read, 1200)
    takeOfEach(limits.write, 1200)
    clock.advance(2000)
    saveSome(500)
    const { read, write } = afterRestart()
    expect([read.size, write.size]).toEqual([1200, 1200])
    expect([usedByAll(read, 1200), usedByAll(write, 1200)]).toEqual([1200 + 500, 1200])
  })

  test('one turn goes past no more empty windows than it would have written a few of', () => {
    const { limits, saveSome, clock, afterRestart } = setUp()
    // Ids of keys are gone through in the order in which they came.
    for (let i = 0; i < 20_000; i++) limits.read.take(subject(keyId(i)), LIMIT)
    clock.advance(60_000)
    limits.read.take(subject(keyId(20_000)), LIMIT)
    const turnsUntilSaved = () => {
      for (let turn = 1; turn < 1000; turn++) {
        saveSome(500)
        if (afterRestart().read.size > 0) return turn
      }
      return Number.POSITIVE_INFINITY
    }
    const turns = turnsUntilSaved()
    expect(turns).toBeGreaterThan(2)
    expect(turns).toBeLessThan(50)
    expect(used(afterRestart().read, keyId(20_000))).toBe(1)
  })

  test('of a window that several rounds have written, the last one counts', () => {
    const { limits, saveRound, saveSome, clock, afterRestart } = setUp()
    for (let round = 1; round <= 3; round++) {
      takeOfEach(limits.read, 600)
      saveRound()
      expect(usedByAll(afterRestart().read, 600)).toBe(600 * round)
    }
    takeOfEach(limits.read, 600)
    clock.advance(2000)
    saveSome(1)
    expect(usedByAll(afterRestart().read, 600)).toBe(600 * 3 + 500)
  })

  test('what is saved as a whole is not deleted by a round that was under way', () => {
    const { limits, store, saveRound, saveSome, clock, chunks, afterRestart } = setUp()
    takeOfEach(limits.read, 1200)
    saveRound()
    clock.advance(60_000)
    // It finds no window that has not run empty; the next turn has so much time that it deletes one chunk of three.
    for (let turn = 0; turn < 2; turn++) saveSome(1)
    expect(chunks()).toBe(2)
    takeOfEach(limits.read, 1200)
    store.saveAll()
    saveSome()
    expect([chunks(), usedByAll(afterRestart().read, 1200)]).toEqual([3, 1200])
  })

  test('windows that have run empty leave the disk within a round, and do not come back', () => {
    const { limits, saveRound, clock, chunks, db, afterRestart } = setUp()
    limits.address.take(subject('192.0.2.1'), LIMIT)
    limits.write.take(subject('a'), LIMIT)
    saveRound()
    expect(chunks()).toBe(2)
    clock.advance(60_000)
    limits.address.take(subject('192.0.2.2'), LIMIT)
    saveRound()
    expect(db.$client.prepare('select windows from rate_window_chunks').pluck().all()).toEqual([
      '[["192.0.2.2",1]]',
    ])
    // As if the requests of a minute ago had been made just now.
    clock.stepWall(-120_000)
    const fresh = afterRestart()
    expect([fresh.address.size, fresh.write.size]).toEqual([1, 0])
  })

  test('where all windows have run empty, the next round leaves nothing', () => {
    const { limits, saveRound, clock, chunks } = setUp()
    takeOfEach(limits.read, 1200)
    saveRound()
    expect(chunks()).toBe(3)
    clock.advance(60_000)
    saveRound()
    expect(chunks()).toBe(0)
  })

  test('an idle limiter writes nothing, and a busy one at most every 2 s', () => {
    const { limits, saveSome, clock, changes } = setUp()
    const before = changes()
    saveSome()
    expect(changes()).toBe(before)
    limits.read.take(subject('a'), LIMIT)
    saveSome()
    const once = changes()
    expect(once).toBe(before + 1)
    clock.advance(1999)
    saveSome()
    expect(changes()).toBe(once)
    clock.advance(1)
    saveSome()
    expect(changes()).toBeGreaterThan(once)
  })
})

test('a server whose wall clock is set back by a month goes on storing windows every 2 s', () => {
  const { app, db, clock } = testApp()
  const counted = [1, 2].map(() => {
    app.limits.read.take(subject('a'), LIMIT)
    app.tick()
    clock.stepWall(-30 * 86_400_000)
    clock.advance(2000)
    return used(restarter(db, clock)().read, 'a')
  })
  expect(counted).toEqual([1, 2])
})

describe('a turn of storing windows', () => {
  test('writes one row for some hundred windows, and so many windows as it is called for', () => {
    const { limits, saveSome, chunks, afterRestart } = setUp()
    takeOfEach(limits.read, 5000)
    const stored = [1, 2, 3].map(() => {
      saveSome(2000)
      return [chunks(), afterRestart().read.size]
    })
    expect(stored).toEqual([
      [4, 2000],
      [8, 4000],
      [10, 5000],
    ])
  })

  test('writes fewer windows where they are large, in chunks of less than 128 KiB', () => {
    const { limits, clock, saveSome, db, afterRestart } = setUp()
    for (let taken = 0; taken < 1000; taken++) {
      for (let i = 0; i < 200; i++) limits.read.take(subject(`key ${i}`), 1000)
      clock.advance(1)
    }
    saveSome(2000)
    expect(afterRestart().read.size).toBe(52)
    const largest = 'select max(length(admitted) + length(windows)) from rate_window_chunks'
    expect(Number(db.$client.prepare(largest).pluck().get())).toBeLessThan(128 * 1024)
  })

  test('writes no more for a window of hundreds of thousands than for one with a request in each ms', () => {
    const { limits, clock, saveSome, db, afterRestart } = setUp()
    const limit = 300_000
    for (let taken = 0; taken < limit; taken++) {
      limits.read.take(subject('a'), limit)
      if (taken % 300 === 299) clock.advance(1)
    }
    saveSome(2000)
    const bytes = db.$client.prepare('select sum(length(admitted)) from rate_window_chunks').pluck().get()
    expect(bytes).toBe(8 + 1000 * 4)
    const { read } = afterRestart()
    expect(read.peek(subject('a'), limit).remaining).toBe(0)
    clock.advance(60_000 - 1000 + 9)
    expect(read.peek(subject('a'), limit).remaining).toBe(10 * 300)
  })

  test('deletes fewer chunks of the rounds before than it writes windows, so that none is long', () => {
    const { limits, clock, db, chunks, saveSome } = setUp()
    const insert = db.$client.prepare(
      "insert into rate_window_chunks (limiter, windows, admitted) values ('read', '[]', x'')",
    )
    for (let i = 0; i < 100; i++) insert.run()
    limits.address.take(subject('198.51.100.1'), LIMIT)
    const left = [1, 2, 3, 4].map(() => {
      saveSome(2000)
      return chunks()
    })
    expect(left).toEqual([61, 21, 1, 1])
    clock.advance(2000)
    saveSome()
    expect(chunks()).toBe(1)
  })
})

describe('where windows cannot be stored', () => {
  const file = () => `${emptyFolder()}/test.db`

  test.each([
    [
      'the disk cannot be written to',
      (db: ReturnType<typeof testDatabase>) => {
        db.$client.pragma('query_only = ON')
        return () => void db.$client.pragma('query_only = OFF')
      },
    ],
    [
      'the disk is full',
      (db: ReturnType<typeof testDatabase>) => {
        const pages = db.$client.pragma('page_count', { simple: true })
        db.$client.pragma(`max_page_count = ${pages}`)
        return () => void db.$client.pragma('max_page_count = 4294967294')
      },
    ],
    [
      'another program has locked the database',
      (db: ReturnType<typeof testDatabase>) => {
        const other = openClient(db.$client.name)
        other.exec('begin immediate')
        return () => void other.close()
      },
    ],
  ])('because %s, what was stored before is kept, and the next round has all', (_, breakDisk) => {
    const { db, limits, clock, saveRound, saveSome, afterRestart } = setUp(testDatabase(file()))
    db.$client.pragma('busy_timeout = 0')
    takeOfEach(limits.read, 1200)
    saveRound()
    takeOfEach(limits.read, 1200)
    clock.advance(2000)
    saveSome(500)
    const mend = breakDisk(db)
    expect(() => saveSome(500)).toThrow()
    expect(usedByAll(afterRestart().read, 1200)).toBe(1700)
    mend()
    saveSome()
    expect(usedByAll(afterRestart().read, 1200)).toBe(1700)
    saveRound()
    expect(usedByAll(afterRestart().read, 1200)).toBe(2400)
    db.$client.close()
  })
})

describe('of what is stored,', () => {
  test.each([
    ['half of the requests', 'admitted = substr(admitted, 1, length(admitted) / 2)'],
    ['text in the place of bytes', "admitted = 'text'"],
    ['a number in the place of its list', 'windows = 5'],
    ['no requests', "admitted = x''"],
    ['more requests than it lists', "admitted = cast(admitted || x'0000000000000000' as blob)"],
    ['half of the list', 'windows = substr(windows, 1, length(windows) / 2)'],
    ['an empty list', "windows = '[]'"],
    ['no list', "windows = 'null'"],
    ['a list of something else', 'windows = \'[null, 1, "a", {}]\''],
    ['a list without quotation marks', "windows = replace(windows, '\"', '')"],
    ['objects in the place of subjects', `windows = '[[{"a":1},1],[{"a":1},1],[{"a":1},1]]'`],
    ['a negative count', 'windows = \'[["a", 2], ["b", -1]]\', admitted = zeroblob(20)'],
    ['a count beyond all memory', 'windows = \'[["a", 1e300]]\''],
  ])('a chunk with %s is left out and told, and all others are taken up', async (_, change) => {
    const { db, limits, saveRound, afterRestart } = setUp()
    takeOfEach(limits.write, 3)
    takeOfEach(limits.read, 3)
    saveRound()
    db.$client.exec(`update rate_window_chunks set ${change} where limiter = 'read'`)
    const { told, result: fresh } = await loggedDuring(afterRestart)
    expect([fresh.read.size, fresh.write.size, usedByAll(fresh.write, 3)]).toEqual([0, 3, 3])
    expect(told).toEqual([
      'warning: of the stored windows of the limits, parts that are damaged and left out: 1',
    ])
    takeOfEach(limits.read, 3)
    saveRound()
    const mended = await loggedDuring(afterRestart)
    expect([mended.told, usedByAll(mended.result.read, 3)]).toEqual([[], 6])
  })

  test('times that never were hold nobody up for more than a minute', () => {
    const { db, limits, clock, saveRound, afterRestart } = setUp()
    takeOfEach(limits.read, 3)
    saveRound()
    for (const bits of ['ff', '7f', '00']) {
      // Of each window the time, and one run of one request.
      const bytes = `unhex('${`${bits.repeat(8)}${bits.repeat(2)}0000`.repeat(3)}')`
      db.$client.exec(`update rate_window_chunks set admitted = ${bytes}`)
      const { read } = afterRestart()
      clock.advance(60_000)
      expect(usedByAll(read, 3)).toBe(0)
    }
  })

  test('windows of an unknown limiter are passed over', () => {
    const { db, limits, saveRound, afterRestart } = setUp()
    takeOfEach(limits.read, 3)
    takeOfEach(limits.write, 3)
    saveRound()
    db.$client.exec("update rate_window_chunks set limiter = 'constructor' where limiter = 'read'")
    const fresh = afterRestart()
    expect([fresh.read.size, fresh.write.size]).toEqual([0, 3])
  })
})

test('windows that a Keyward had stored one by one count in the next one', () => {
  const client = openClient(':memory:')
  const chunked = migrations.findIndex(({ tag }) => tag.endsWith('_window_chunks'))
  migrate(client, migrations.slice(0, chunked))
  const clock = manualClock()
  const insert = client.prepare('insert into rate_windows (limiter, subject, admitted) values (?, ?, ?)')
  const requests = (...ages: number[]) => {
    const savedAt = Buffer.from(Float64Array.of(clock.now()).buffer)
    return Buffer.concat([savedAt, Buffer.from(Uint32Array.from(ages).buffer)])
  }
  insert.run('read', 'a', requests(50_000, 20_000, 0))
  for (let i = 0; i < 1200; i++) insert.run('read', `"${i}"`, requests(...Array(i % 3).fill(i)))
  insert.run('write', 'a', requests(10_000))
  insert.run('address', '2001:db8::/56', requests(30_000, 30_000))
  migrate(client, migrations)
  const fresh = restarter(openDatabase(client.serialize()), clock)()
  const chunks = client.prepare('select count(*) from rate_window_chunks').pluck().get()
  client.close()
  expect([fresh.read.size, chunks]).toEqual([801, 5])
  for (let i = 0; i < 1200; i++) expect(used(fresh.read, `"${i}"`)).toBe(i % 3)
  expect([used(fresh.read, 'a'), used(fresh.write, 'a'), used(fresh.address, '2001:db8::/56')]).toEqual([
    3, 1, 2,
  ])
  clock.advance(10_000)
  expect(used(fresh.read, 'a')).toBe(2)
})
