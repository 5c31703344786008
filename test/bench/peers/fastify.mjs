import rateLimit from '@fastify/rate-limit'
import Fastify from 'fastify'
import body from '../probe-body.json' with { type: 'json' }
import { clients, OUT_OF_REACH, PATH, port, WINDOW_MS } from './keys.mjs'

const app = Fastify()
app.addHook('onRequest', (request, reply, done) => {
  if (clients.has(request.headers['x-api-key'])) done()
  else reply.code(401).send({ error: 'unauthorized' })
})
await app.register(rateLimit, {
  max: OUT_OF_REACH,
  timeWindow: WINDOW_MS,
  keyGenerator: (request) => request.headers['x-api-key'],
})
// Fastify's advice for production: with a schema it writes the answer without JSON.stringify.
const properties = Object.fromEntries(
  Object.entries(body).map(([name, value]) => [
    name,
    Array.isArray(value) ? { type: 'array', items: { type: 'string' } } : { type: typeof value },
  ]),
)
app.get(PATH, { schema: { response: { 200: { type: 'object', properties } } } }, async () => body)
await app.listen({ host: '127.0.0.1', port })
