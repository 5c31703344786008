import { expect, setDefaultTimeout, test } from 'bun:test'
import { fuzz } from './fuzz.ts'

// Some ten seconds of work, on a machine that may have a lot to do.
setDefaultTimeout(300_000)

/** What a failure tells to set, to see it again. */
const { FUZZ_SEED = '14', FUZZ_PATH } = process.env

/** An operation is asked some 20 times; fewer than this may be always refused, by what came before. */
const NEVER_DONE_MAX = 2

test('no request makes a server fail, or answer what its documents do not tell', async () => {
  const { answers, failure } = await fuzz({ requests: 2000, seed: Number(FUZZ_SEED), path: FUZZ_PATH })
  expect(failure).toBeNull()
  if (FUZZ_PATH !== undefined) return

  // Limits hide nothing, and what is asked for is there.
  const operations = [...answers].map(([name, statuses]) => ({ name, statuses: [...statuses.keys()] }))
  expect(operations.length).toBeGreaterThan(70)
  expect(operations.filter(({ statuses }) => statuses.includes(429))).toEqual([])
  const neverDone = operations.filter(({ statuses }) => !statuses.some((status) => status < 300))
  expect(neverDone.slice(NEVER_DONE_MAX)).toEqual([])
})
