import { processCpuUs, residentMib } from './cpu.ts'
import type { MeasuredServer } from './measured-server.ts'
import { spreadOf } from './spread.ts'
import type { Column, Plan, Row, Sheet, Spread } from './suite.ts'
import { type Observed, undisturbed } from './undisturbed.ts'
import { type Load, runWrk, warmUp } from './wrk.ts'

export type Contestant = {
  name: string
  start(): Promise<MeasuredServer>
  /** It has no keys to check: what the others are compared with. */
  open?: boolean
  /** Where the load goes, below the server's address. */
  path: string
  load?: Omit<Load, 'url'>
  /** How many of its keys are to have come once before it is measured. Left out: as many as come in a second. */
  keysBefore?: number
}

export type Standing = {
  name: string
  requestsPerSecond: Spread
  cpuUsPerRequest: Spread
  p99Ms: Spread
  /** Resident, the most of all rounds. */
  memoryMib: number
  row: Row
  /** Answers that were no success, and connections that failed: they make every other figure worthless. */
  unsuccessful: number
}

export type Contest = { standings: Standing[]; sheet: Sheet }

/**
 * Loads one contestant after the other, round by round, every other round backwards: a drift of the machine then hits all of
 * them alike. All run from the first round to the last, and stand still while another is loaded: what one stores in the background
 * is its own to pay for.
 * @param base the contestant that the others are compared with.
 */
export async function runContest(
  title: string,
  contestants: readonly Contestant[],
  base: string,
  plan: Plan,
): Promise<Contest> {
  const running: Entrant[] = []
  try {
    for (const contestant of contestants) {
      const server = await contestant.start()
      const entrant = { contestant, server, rounds: [] }
      running.push(entrant)
      await refuseUnguarded(entrant)
      await warmUp(loadOf(entrant), plan)
      if (contestant.keysBefore) await useEach(entrant, contestant.keysBefore, plan)
      server.pause()
    }
    for (let round = 0; round < plan.rounds; round++) {
      for (const entrant of round % 2 === 0 ? running : running.toReversed()) {
        plan.progress(`${title}: round ${round + 1} of ${plan.rounds}, ${entrant.contestant.name}`)
        entrant.server.goOn()
        entrant.rounds.push(await undisturbed(plan.triesMax, () => loadOnce(entrant, plan.seconds)))
        entrant.server.pause()
      }
    }
  } finally {
    for (const { server } of running) await server.stop()
  }
  const baseMedian = medianOf(running.find(({ contestant }) => contestant.name === base))
  const standings = running.map((entrant) => toStanding(entrant, baseMedian))
  return {
    standings,
    sheet: { title, columns: COLUMNS, rows: standings.map(({ row }) => row), notes: NOTES },
  }
}

/** @returns a sentence for each contestant that answered anything but success. */
export function unsuccessfulIn({ standings, sheet }: Contest): string[] {
  return standings
    .filter(({ unsuccessful }) => unsuccessful > 0)
    .map(({ name, unsuccessful }) => `${sheet.title}: ${name} had ${unsuccessful} answers other than success`)
}

/** @returns requests per second, median to median. */
export function ratioIn(contest: Contest, name: string, base: string): number {
  return requestsPerSecondOf(contest, name) / requestsPerSecondOf(contest, base)
}

/** @returns the median of its rounds. */
export function requestsPerSecondOf({ standings }: Contest, name: string): number {
  return standings.find((standing) => standing.name === name)?.requestsPerSecond.median ?? Number.NaN
}

// --- internal ---

type Round = {
  requestsPerSecond: number
  cpuUsPerRequest: number
  p50Ms: number
  p99Ms: number
  serverShare: number
  loadShare: number
  memoryMib: number
  unsuccessful: number
}

type Entrant = { contestant: Contestant; server: MeasuredServer; rounds: Observed<Round>[] }

const COLUMNS: readonly Column[] = [
  { key: 'name', head: '' },
  { key: 'requestsPerSecond', head: 'requests/s' },
  { key: 'ratio', head: 'ratio', digits: 2 },
  { key: 'cpuUsPerRequest', head: 'CPU µs/request', digits: 1 },
  { key: 'p50Ms', head: 'p50 ms', digits: 2 },
  { key: 'p99Ms', head: 'p99 ms', digits: 2 },
  { key: 'serverPercent', head: 'server %' },
  { key: 'loadPercent', head: 'wrk %' },
  { key: 'memoryMib', head: 'MiB' },
  { key: 'unsuccessful', head: 'non-2xx' },
  { key: 'foreignPercent', head: 'foreign %' },
  { key: 'repeated', head: 'repeated' },
  { key: 'disturbed', head: 'disturbed' },
]

const NOTES = [
  'Median (min to max) over the rounds. Where wrk uses more than 95 % of its core, go by CPU µs per request.',
]

function loadOf({ contestant, server }: Entrant): Load {
  return { ...contestant.load, url: server.url + contestant.path }
}

/** A server that lets anyone in would be fast, and would do another job. */
async function refuseUnguarded({ contestant, server }: Entrant): Promise<void> {
  if (contestant.open) return
  const headers = { 'x-api-key': `wfk_${'x'.repeat(32)}` }
  const response = await fetch(server.url + contestant.path, { headers })
  await response.arrayBuffer()
  if (response.status !== 401)
    throw new Error(`${contestant.name} answers a wrong key with ${response.status}`)
}

/** Longer than a million requests take on a slow machine. */
const USE_EACH_SECONDS_MAX = 600

/** Asks with each key once, in the order of their numbers. */
async function useEach(entrant: Entrant, keys: number, { progress }: Plan): Promise<void> {
  progress(`${entrant.contestant.name}: each key once`)
  const load = loadOf(entrant)
  const script = { ...load.script, LOAD_ORDER: 'sequence', LOAD_STOP_AFTER: `${keys}` }
  const { servedUs } = await runWrk({ ...load, script }, USE_EACH_SECONDS_MAX)
  if (servedUs === null) throw new Error(`${entrant.contestant.name} did not answer each of ${keys} keys`)
}

async function loadOnce(entrant: Entrant, seconds: number): Promise<{ value: Round; cpuUs: number }> {
  const { pid } = entrant.server
  const before = processCpuUs(pid)
  const report = await runWrk(loadOf(entrant), seconds)
  const serverCpuUs = processCpuUs(pid) - before
  const value = {
    requestsPerSecond: (report.requests / report.durationUs) * 1e6,
    cpuUsPerRequest: serverCpuUs / report.requests,
    p50Ms: report.p50Us / 1000,
    p99Ms: report.p99Us / 1000,
    serverShare: serverCpuUs / report.durationUs,
    loadShare: report.cpuUs / report.durationUs,
    memoryMib: residentMib(pid),
    unsuccessful: report.refused + report.broken,
  }
  return { value, cpuUs: serverCpuUs + report.cpuUs }
}

function medianOf(entrant: Entrant | undefined): number {
  return spreadOf(entrant?.rounds.map(({ value }) => value.requestsPerSecond) ?? []).median
}

function toStanding(entrant: Entrant, baseMedian: number): Standing {
  const { contestant, rounds } = entrant
  const over = (figure: (round: Round) => number) => spreadOf(rounds.map(({ value }) => figure(value)))
  const requestsPerSecond = over((round) => round.requestsPerSecond)
  const cpuUsPerRequest = over((round) => round.cpuUsPerRequest)
  const p99Ms = over((round) => round.p99Ms)
  const memoryMib = over((round) => round.memoryMib).max
  const unsuccessful = rounds.reduce((sum, { value }) => sum + value.unsuccessful, 0)
  const row: Row = {
    name: contestant.name,
    requestsPerSecond,
    ratio: requestsPerSecond.median / baseMedian,
    cpuUsPerRequest,
    p50Ms: over((round) => round.p50Ms).median,
    p99Ms,
    serverPercent: over((round) => round.serverShare * 100).median,
    loadPercent: over((round) => round.loadShare * 100).median,
    memoryMib,
    unsuccessful,
    foreignPercent: Math.max(...rounds.map((round) => round.foreignShare * 100)),
    repeated: rounds.reduce((sum, round) => sum + round.repeated, 0),
    disturbed: rounds.filter((round) => round.disturbed).length,
  }
  return { name: contestant.name, requestsPerSecond, cpuUsPerRequest, p99Ms, memoryMib, row, unsuccessful }
}
