import { Hono } from 'hono'
import { rateLimiter } from 'hono-rate-limiter'
import body from '../probe-body.json' with { type: 'json' }
import { clients, OUT_OF_REACH, PATH, port, WINDOW_MS } from './keys.mjs'

const app = new Hono()
app.use(async (context, next) => {
  if (!clients.has(context.req.header('x-api-key'))) return context.json({ error: 'unauthorized' }, 401)
  await next()
})
app.use(
  rateLimiter({
    windowMs: WINDOW_MS,
    limit: OUT_OF_REACH,
    keyGenerator: (context) => context.req.header('x-api-key') ?? '',
  }),
)
app.get(PATH, (context) => context.json(body))

Bun.serve({ hostname: '127.0.0.1', port, fetch: app.fetch })
