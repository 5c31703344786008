import { afterEach } from 'bun:test'
import fc from 'fast-check'
import { endAll } from './after-test.ts'

// Here and not in the helpers: a hook that a helper sets holds only for the test file that loads it first,
// and the servers of all others would run on.
afterEach(endAll)

// The same examples each time: a red run is to tell of a change, not of a draw. FUZZ_SEED draws others.
fc.configureGlobal({ seed: Number(process.env.FUZZ_SEED ?? 14) })
