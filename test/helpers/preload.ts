import { afterEach } from 'bun:test'
import { endAll } from './after-test.ts'

// Here and not in the helpers: a hook that a helper sets holds only for the test file that loads it first,
// and the servers of all others would run on.
afterEach(endAll)
