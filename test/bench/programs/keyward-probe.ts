import { Elysia } from 'elysia'
import { createAdmissions } from '../../../src/admission.ts'
import { startBackgroundWork } from '../../../src/cli/background-work.ts'
import { createSystemClock } from '../../../src/clock.ts'
import { dataFolder } from '../../../src/data-folder/folder.ts'
import { mountApi } from '../../../src/http/api.ts'
import { endpoint } from '../../../src/http/endpoint.ts'
import { anything } from '../../../src/http/reply-schema.ts'
import type { Limiter } from '../../../src/limits/limiter.ts'
import { ADDRESS_LIMIT_DEFAULT } from '../../../src/limits/limits.ts'
import { workflowsDialect } from '../../../src/workflows/api/wire.ts'
import { openBenchApp } from '../bench-app.ts'
import body from '../probe-body.json'

/** More than one key can ask for in a minute here, so that the limiter works and never refuses. */
const OUT_OF_REACH = 10_000_000

/**
 * Keyward's own path of a request (API, admission, key, window, headers) with a handler that does nothing,
 * so that the difference to bare Elysia is the price of the key and the limit, and of nothing else.
 */
const [port, data = '', limit] = process.argv.slice(2)
const folder = dataFolder(data)
const clock = createSystemClock()
const app = openBenchApp(folder, clock)
const limits = limit === 'documented' ? app.limits : { ...app.limits, read: raised(app.limits.read) }

new Elysia({ strictPath: true })
  .use(
    mountApi({
      dialect: workflowsDialect,
      endpoints: [
        endpoint({
          summary: 'Probe',
          replies: { 200: anything },
          method: 'GET',
          path: '/probe',
          scope: 'workflows:read',
          handle: () => ({ status: 200, body }),
        }),
      ],
      admissions: app.metrics.counted(
        'workflows',
        createAdmissions({ keys: app.keys, limits, clock, addressLimit: ADDRESS_LIMIT_DEFAULT }),
      ),
      clock,
      addressOf: () => '127.0.0.1',
      recorder: app.recorder,
      kindOf: (category) => app.metrics.kind('workflows', category),
      callerOf: (key) => key,
      onDisk: app.onDisk,
    }),
  )
  .listen({ hostname: '127.0.0.1', port: Number(port), reusePort: false, development: false })

startBackgroundWork(() => app.turns)
process.once('SIGTERM', () => process.exit(0))

/** The same limiter, asked with another number. */
function raised(limiter: Limiter): Limiter {
  return { ...limiter, take: (subject) => limiter.take(subject, OUT_OF_REACH) }
}
