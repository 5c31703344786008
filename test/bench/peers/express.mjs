import express from 'express'
import { rateLimit } from 'express-rate-limit'
import body from '../probe-body.json' with { type: 'json' }
import { clients, OUT_OF_REACH, PATH, port, WINDOW_MS } from './keys.mjs'

const app = express()
app.disable('x-powered-by')
app.use((request, response, next) => {
  if (clients.has(request.get('x-api-key'))) next()
  else response.status(401).json({ error: 'unauthorized' })
})
app.use(
  rateLimit({
    windowMs: WINDOW_MS,
    limit: OUT_OF_REACH,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    keyGenerator: (request) => request.get('x-api-key'),
  }),
)
app.get(PATH, (_, response) => response.json(body))
app.listen(port, '127.0.0.1')
