import { Elysia } from 'elysia'
import { rateLimit } from 'elysia-rate-limit'
import body from '../probe-body.json' with { type: 'json' }
import { clients, OUT_OF_REACH, PATH, port, WINDOW_MS } from './keys.mjs'

new Elysia()
  .onBeforeHandle(({ request, status }) => {
    if (!clients.has(request.headers.get('x-api-key'))) return status(401, { error: 'unauthorized' })
  })
  .use(
    rateLimit({
      duration: WINDOW_MS,
      max: OUT_OF_REACH,
      generator: (request) => request.headers.get('x-api-key') ?? '',
    }),
  )
  .get(PATH, () => body)
  .listen({ hostname: '127.0.0.1', port, reusePort: false })
