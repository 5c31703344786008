import { type Score, scoreOf } from './accuracy-score.ts'
import { LIMITERS } from './limiter-models.ts'
import { installPeers, runPeerProgram } from './peer-packages.ts'
import type { Outcome, Row, Sheet, Skip, Suite, Target } from './suite.ts'
import { LIMIT, type Traffic, trafficPatterns } from './traffic.ts'

export const accuracy: Suite = {
  name: 'accuracy',
  about: 'how many of 100 a minute each limiter really admits, on a simulated clock',
  async run(plan) {
    const traffic = trafficPatterns(plan.quick ? 1 : 12)
    const ours = LIMITERS.map(({ name, create }) => ({
      name,
      scores: traffic.map((one) => decide(create(), one)),
    }))
    const { judged, skipped } = await judgePeers(traffic, plan.quick, plan.progress)
    return toOutcome(traffic, [...ours, ...judged], skipped)
  },
}

// --- internal ---

type Judged = { name: string; scores: Score[] }

function decide(limiter: (atMs: number) => boolean, { times }: Traffic): Score {
  return scoreOf(
    times,
    times.map((atMs) => limiter(atMs)),
    LIMIT,
  )
}

/** The packages themselves, on a clock that we drive, in a process of their own. The short form leaves them out. */
async function judgePeers(
  traffic: readonly Traffic[],
  quick: boolean,
  progress: (text: string) => void,
): Promise<{ judged: Judged[]; skipped: Skip[] }> {
  const why = quick ? 'not in the short form' : await installPeers(progress)
  if (why !== null) return { judged: [], skipped: [{ name: 'the limiters of other packages', reason: why }] }
  progress('driving the limiters of other packages')
  const times = traffic.map((one) => one.times)
  const output = await runPeerProgram('limiters.mjs', JSON.stringify({ limit: LIMIT, times }))
  const decided: { name: string; decisions: boolean[][] }[] = JSON.parse(output)
  const judged = decided.map(({ name, decisions }) => ({
    name,
    scores: traffic.map((one, index) => scoreOf(one.times, decisions[index] ?? [], LIMIT)),
  }))
  return { judged, skipped: [] }
}

function toOutcome(traffic: readonly Traffic[], judged: readonly Judged[], skipped: Skip[]): Outcome {
  const [keyward] = judged
  const over = Math.max(0, ...(keyward?.scores.map(({ peak }) => peak - LIMIT) ?? [Number.NaN]))
  const refused = keyward?.scores.reduce((sum, score) => sum + score.lawfulRefused, 0) ?? Number.NaN
  const targets: Target[] = [
    { name: 'admitted above the limit in any 60 s', measured: over, unit: 'requests', atMost: 0 },
    { name: 'lawful requests refused', measured: refused, unit: 'requests', atMost: 0 },
  ]
  const failures = targets.filter(({ measured }) => measured !== 0).map(({ name }) => `Keyward: ${name}`)
  return { sheets: [...traffic.map((one, index) => toSheet(one, index, judged))], targets, failures, skipped }
}

function toSheet({ name, times }: Traffic, index: number, judged: readonly Judged[]): Sheet {
  const rows: Row[] = judged.map(({ name: limiter, scores }) => ({
    limiter,
    admitted: scores[index]?.admitted ?? null,
    peak: scores[index]?.peak ?? null,
    lawfulRefused: scores[index]?.lawfulRefused ?? null,
  }))
  return {
    title: `${name}: ${times.length} requests, limit ${LIMIT} in 60 s`,
    columns: [
      { key: 'limiter', head: '' },
      { key: 'admitted', head: 'admitted' },
      { key: 'peak', head: 'most in any 60 s' },
      { key: 'lawfulRefused', head: 'lawful, yet refused' },
    ],
    rows,
  }
}
