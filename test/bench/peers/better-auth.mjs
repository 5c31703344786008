import { Database } from 'bun:sqlite'
import { join } from 'node:path'
import { apiKey } from '@better-auth/api-key'
import { betterAuth } from 'better-auth'
import { getMigrations } from 'better-auth/db/migration'
import body from '../probe-body.json' with { type: 'json' }
import { OUT_OF_REACH, port, storedToken, WINDOW_MS } from './keys.mjs'

// Bun's own SQLite with a write-ahead log: the fastest of the three set-ups in facts/performance.md 5.
const database = new Database(join(process.argv[3], 'better-auth.db'))
database.exec('pragma journal_mode = wal; pragma synchronous = normal')

const auth = betterAuth({
  database,
  baseURL: `http://127.0.0.1:${port}`,
  secret: 'only-ever-used-by-the-benchmark-0123456789',
  emailAndPassword: { enabled: true },
  telemetry: { enabled: false },
  plugins: [
    apiKey({
      customKeyGenerator: () => storedToken(0),
      rateLimit: { enabled: true, timeWindow: WINDOW_MS, maxRequests: OUT_OF_REACH },
    }),
  ],
})
await (await getMigrations(auth.options)).runMigrations()
const { user } = await auth.api.signUpEmail({
  body: { name: 'bench', email: 'bench@example.com', password: 'bench-password' },
})
await auth.api.createApiKey({ body: { name: 'bench', userId: user.id } })

Bun.serve({
  hostname: '127.0.0.1',
  port,
  async fetch(request) {
    const key = request.headers.get('x-api-key') ?? ''
    const { valid } = await auth.api.verifyApiKey({ body: { key } })
    return valid ? Response.json(body) : Response.json({ error: 'unauthorized' }, { status: 401 })
  },
})
