import { createSandbox, type Sandbox } from '../../src/sandbox/sandbox.ts'
import { afterTest } from './after-test.ts'

/** A sandbox that ends with the test. */
export function testSandbox(): Sandbox {
  const sandbox = createSandbox()
  afterTest(() => sandbox.close())
  return sandbox
}
