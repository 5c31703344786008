import { fuzz as fuzzRequests } from '../fuzz/fuzz.ts'
import { endAll } from '../helpers/after-test.ts'
import type { Outcome, Plan, Suite } from './suite.ts'

export const fuzz: Suite = {
  name: 'fuzz',
  about: 'near-valid and hostile requests to every operation, each answer held to its document',
  run: fuzzAll,
}

// --- internal ---

const REQUESTS = 20_000
const REQUESTS_QUICK = 200
const SEED_QUICK = 14
const PROGRESS_EVERY = 2000

/** An answer that takes longer holds up whoever asked. */
const ANSWER_MS_MAX = 1000

async function fuzzAll({ quick, progress }: Plan): Promise<Outcome> {
  const requests = quick ? REQUESTS_QUICK : REQUESTS
  // Another one each time; not in the quick form, by which the tests ask whether this part works at all.
  const seed = quick ? SEED_QUICK : Math.floor(Math.random() * 2 ** 31)
  progress(`${requests} requests of the seed ${seed}`)
  try {
    const report = await fuzzRequests({
      requests,
      seed,
      progress: (asked) => asked % PROGRESS_EVERY === 0 && progress(`${asked} requests`),
    })
    const { asked, answers, longest, failure } = report
    const statuses = [...answers.values()].flatMap((of) => [...of])
    const rows = [2, 4, 5].map((hundreds) => {
      const those = statuses.filter(([status]) => Math.floor(status / 100) === hundreds)
      return { answer: `${hundreds}xx`, requests: those.reduce((sum, [, times]) => sum + times, 0) }
    })
    return {
      sheets: [
        {
          title: `${asked} requests of the seed ${seed} to ${answers.size} operations`,
          columns: [
            { key: 'answer', head: 'Answer' },
            { key: 'requests', head: 'Requests by the right method' },
          ],
          rows,
          notes: [
            `The longest answer, with ${Math.round(longest.cpuMs)} ms of processor time: ${longest.curl.slice(0, 1000)}`,
          ],
        },
      ],
      targets: [{ name: 'Longest answer', measured: longest.ms, unit: 'ms', atMost: ANSWER_MS_MAX }],
      failures: failure === null ? [] : [failure],
    }
  } finally {
    await endAll()
  }
}
