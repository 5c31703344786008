import { Elysia } from 'elysia'
import body from '../probe-body.json'

/** What everything is compared with: the same framework and body, no key, no limit, no headers. */
new Elysia()
  .get('/api/v1/probe', () => body)
  .listen({ hostname: '127.0.0.1', port: Number(process.argv[2]), reusePort: false })
