import { describe, expect, setDefaultTimeout, test } from 'bun:test'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { scoreOf } from './accuracy-score.ts'
import { freePort } from './measured-server.ts'
import { spreadOf } from './spread.ts'
import { storedToken } from './stored-keys.ts'
import { hasWrk } from './wrk.ts'

// What is checked is that the bench works and that nothing behaves wrongly in it, never how fast anything is.
setDefaultTimeout(120_000)

type Report = {
  machine: Record<string, unknown>
  outcomes: { suite: string; sheets: { rows: unknown[] }[]; failures?: string[] }[]
  targets: { name: string; measured: number; reached: boolean }[]
}

async function bench(...args: string[]) {
  const child = Bun.spawn([process.execPath, join(import.meta.dir, 'bench.ts'), ...args], {
    stdout: 'pipe',
    stderr: 'pipe',
  })
  const [stdout, stderr] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ])
  return { code: await child.exited, stdout, stderr }
}

async function benchReport(...args: string[]): Promise<Report> {
  const { code, stdout, stderr } = await bench(...args, '--quick', '--json')
  const report: Report = JSON.parse(stdout)
  const broken = report.outcomes.flatMap(({ failures = [] }) => failures)
  expect({ code, broken }, stderr).toEqual({ code: 0, broken: [] })
  return report
}

/** The ports that Linux gives out by itself: the first and the last of them. */
const GIVEN_OUT = '/proc/sys/net/ipv4/ip_local_port_range'

describe.concurrent('the bench', () => {
  test('times the functions, every one of them admitted, and tells the machine', async () => {
    const { machine, outcomes, targets } = await benchReport('functions')
    expect(machine).toMatchObject({ bun: Bun.version, cores: expect.any(Number) })
    expect(outcomes.map(({ suite }) => suite)).toEqual(['functions'])
    for (const { measured } of targets) expect(measured).toBeGreaterThan(0)
  })

  test('finds that the limiter never admits too much and never refuses a lawful request', async () => {
    const { targets } = await benchReport('accuracy')
    expect(targets.map(({ measured }) => measured)).toEqual([0, 0])
  })

  test('revokes keys over HTTP, over the socket and by command, and no request is admitted after that', async () => {
    const { outcomes } = await benchReport('revocation')
    expect(outcomes.map(({ sheets }) => sheets[0]?.rows.length)).toEqual([3])
  })

  test.skipIf(!hasWrk())('loads Keyward with wrk, and every answer is a success', async () => {
    const { outcomes } = await benchReport('http')
    expect(outcomes).toMatchObject([{ suite: 'http', failures: [] }])
  })

  test.skipIf(!hasWrk())('runs a workflow again and again, and every run completes', async () => {
    const { outcomes } = await benchReport('runs')
    expect(outcomes).toMatchObject([{ suite: 'runs', failures: [] }])
  })

  test.skipIf(!hasWrk())(
    'creates tasks and stores workflows beside slow syncs, and every answer is a success',
    async () => {
      const { outcomes } = await benchReport('writes')
      expect(outcomes).toMatchObject([{ suite: 'writes', failures: [] }])
    },
  )

  test('fuzzes every API, and no answer is anything but documented', async () => {
    const { outcomes } = await benchReport('fuzz')
    expect(outcomes).toMatchObject([{ suite: 'fuzz', failures: [] }])
  })

  test('refuses a suite that it does not have, by name, before anything runs', async () => {
    const { code, stdout, stderr } = await bench('functionz')
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain('Did you mean "functions"?')
  })
})

test.skipIf(!existsSync(GIVEN_OUT))(
  'a measured server has a port that no server on port 0 gets meanwhile, and answers in its place',
  async () => {
    const [first = 0, last = 0] = readFileSync(GIVEN_OUT, 'utf8').trim().split(/\s+/).map(Number)
    const ports = await Promise.all(Array.from({ length: 100 }, freePort))
    expect(ports.filter((port) => port >= first && port <= last)).toEqual([])
  },
)

describe('the figures', () => {
  test('a spread is the median and both ends', () => {
    expect(spreadOf([5, 1, 3])).toEqual({ median: 3, min: 1, max: 5 })
    expect(spreadOf([1, 2])).toEqual({ median: 1.5, min: 1, max: 2 })
  })

  test('the score counts a minute as half open, and only refusals that were not due', () => {
    const times = [0, 0, 30_000, 60_000, 60_000]
    expect(scoreOf(times, [true, true, false, true, true], 2)).toEqual({
      admitted: 4,
      peak: 2,
      lawfulRefused: 0,
    })
    expect(scoreOf(times, [true, true, true, false, true], 2)).toEqual({
      admitted: 4,
      peak: 3,
      lawfulRefused: 1,
    })
  })

  test('a stored key has the form of a real one, and no two share a prefix', () => {
    const tokens = Array.from({ length: 10_000 }, (_, index) => storedToken(index))
    expect(new Set(tokens.map((token) => token.slice(0, 20))).size).toBe(tokens.length)
    for (const token of tokens) expect(token).toMatch(/^wfk_\d{32}$/)
  })
})
