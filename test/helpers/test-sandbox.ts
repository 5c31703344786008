import { createSandbox, type Sandbox } from '../../src/workflows/sandbox/sandbox.ts'
import { afterTest } from './after-test.ts'

/** A sandbox that ends with the test, for one that closes it or fills its places. */
export function testSandbox(): Sandbox {
  const sandbox = createSandbox()
  afterTest(() => sandbox.close())
  return sandbox
}

/** The sandbox of all other tests, as a server has one for all scripts: starting a thread takes 50 ms. */
export const sharedSandbox = createSandbox()
