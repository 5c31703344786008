import fc from 'fast-check'
import type { Document } from '../helpers/api-document.ts'
import type { Reply } from '../helpers/call.ts'
import { type Check, createCheck } from '../helpers/documented.ts'
import { loggedDuring } from '../helpers/logged.ts'
import { NEVER_SHOWN } from '../helpers/never-shown.ts'
import { curlOf } from './curl.ts'
import { type Operation, operationsOf } from './operation.ts'
import { ADVANCE, type Draft, requestsTo, weightOf } from './request.ts'
import { createWorld, type World } from './world.ts'

export type FuzzReport = {
  seed: number
  /** How many requests were answered. */
  asked: number
  /** How often each operation gave each status: "POST /v1/tasks" → 201 → 7. Of requests that were sent as it wants them. */
  answers: Map<string, Map<number, number>>
  /**
   * The answer that took longest, in ms of the host's time and of this process's work, all threads of it; and the command
   * that asks for it. An advance of the clock may work for 30 s by its word, so it does not count.
   */
  longest: { ms: number; cpuMs: number; curl: string }
  /** What was wrong first, with all that it takes to see it again; null: nothing. */
  failure: string | null
}

type Options = {
  requests: number
  seed: number
  /** Of a failure that was told: only that one request is made, of a fresh world. */
  path?: string
  progress?: (asked: number) => void
}

/** No limit hides the work: 60 a minute are fewer than any key here may send. */
const EACH_MS = 1000

const REFILL_EVERY = 250

/** Lets runs time out, tasks of the sandbox move and events be sent again. */
const LEAP_MS = 3_600_000

/** Makes requests to all operations of all documents of a server, one after the other, and looks at each answer. */
export async function fuzz({ requests, seed, path, progress }: Options): Promise<FuzzReport> {
  const world = await createWorld()
  const documents = await documentsOf(world.url)
  const sources = documents.map((document) => {
    const operations = operationsOf(document)
    const check = createCheck(document)
    return {
      weight: operations.reduce((sum, operation) => sum + weightOf(operation), 0),
      arbitrary: requestsTo(operations, document).map((draft) => ({ draft, check })),
    }
  })
  const report: FuzzReport = {
    seed,
    asked: 0,
    answers: new Map(),
    longest: { ms: 0, cpuMs: 0, curl: '' },
    failure: null,
  }
  /** Of the smallest request that fails, once one does: a smaller one is tried until none fails. */
  let latest: string | undefined

  async function isAsItShouldBe({ draft, check }: { draft: Draft; check: Check }): Promise<boolean> {
    const { result, told } = await loggedDuring(async () => {
      if (report.asked % REFILL_EVERY === 0) await nextHour(world)
      world.clock.advance(EACH_MS)
      return timed(() => world.ask(draft))
    })
    const { reply, body, path } = result.value
    const curl = curlOf(draft, path, body)
    report.asked++
    progress?.(report.asked)
    const isLongest = result.ms > report.longest.ms && draft.operation.template !== ADVANCE
    if (isLongest) report.longest = { ms: result.ms, cpuMs: result.cpuMs, curl }
    count(report, draft, reply)
    const problem = problemWith(draft, path, reply, check) ?? toldOf(told)
    if (problem !== null) latest = `${problem}\n${curl}`
    return problem === null
  }

  const arbitrary = fc.oneof(...sources)
  const details = await fc.check(fc.asyncProperty(arbitrary, isAsItShouldBe), {
    numRuns: requests,
    seed,
    path,
  })
  if (!details.failed) return report
  const again = `FUZZ_SEED=${seed} FUZZ_PATH=${details.counterexamplePath} bun test test/fuzz`
  const told = latest ?? String(details.errorInstance)
  return { ...report, failure: `${told}\nAfter ${details.numRuns} requests; again: ${again}` }
}

// --- internal ---

async function timed<T>(work: () => Promise<T>): Promise<{ value: T; ms: number; cpuMs: number }> {
  const began = performance.now()
  const used = process.cpuUsage()
  const value = await work()
  const { user, system } = process.cpuUsage(used)
  return { value, ms: performance.now() - began, cpuMs: (user + system) / 1000 }
}

async function nextHour({ refill, clock, app }: World): Promise<void> {
  clock.advance(LEAP_MS)
  app.tick()
  await refill()
}

/** Each API's own, because what is served under some condition only may be in no other. */
async function documentsOf(url: string): Promise<Document[]> {
  const refusal = await (await fetch(`${url}/openapi.json?api=`)).text()
  const names = /must be one of ([\w, ]+)/.exec(refusal)?.[1]?.split(', ') ?? []
  return Promise.all(names.map(async (name) => (await fetch(`${url}/openapi.json?api=${name}`)).json()))
}

const LIMIT_HEADERS = [
  'X-RateLimit-Limit',
  'X-RateLimit-Remaining',
  'X-RateLimit-Reset',
  'RateLimit',
  'RateLimit-Policy',
  'X-Request-Id',
]

function problemWith({ operation, method }: Draft, path: string, reply: Reply, check: Check): string | null {
  const { status, headers, text, json } = reply
  const what = `${method} ${operation.template} answered ${status}`
  if (status >= 500) return `${what}: ${text.slice(0, 1000)}`
  const shown = NEVER_SHOWN.find((pattern) => pattern.test(text))
  if (shown) return `${what}, which shows ${shown}: ${text.slice(0, 1000)}`
  const { pathname } = new URL(path, 'http://localhost')
  // It may have been led out of its API: /webhooks/..
  const isOfApi = pathname.startsWith(`/${operation.template.split('/')[1]}/`)
  const missing = operation.showsLimits && isOfApi ? LIMIT_HEADERS.filter((name) => !headers.has(name)) : []
  if (missing.length > 0) return `${what}, without ${missing.join(', ')}`
  if (method === 'HEAD') return text === '' ? null : `${what}, with a body`
  if (json === undefined) return `${what}, which is no JSON: ${text.slice(0, 1000)}`
  const problem = check(method.toLowerCase(), pathname, reply)
  return problem && `${what}, ${problem}: ${text.slice(0, 1000)}`
}

/** Defects that no answer shows. */
function toldOf(lines: readonly string[]): string | null {
  const defect = lines.find((line) => line.includes('internal error'))
  return defect ?? null
}

function count({ answers }: FuzzReport, { operation, method }: Draft, { status }: Reply): void {
  if (method !== operation.method) return
  const name = nameOf(operation)
  const of = answers.get(name) ?? new Map<number, number>()
  answers.set(name, of.set(status, (of.get(status) ?? 0) + 1))
}

function nameOf({ method, template }: Operation): string {
  return `${method} ${template}`
}
