import body from '../probe-body.json'

/** The floor: what any JavaScript handler costs here that reads a key and writes three headers of a window. */
let remaining = 0

Bun.serve({
  hostname: '127.0.0.1',
  port: Number(process.argv[2]),
  fetch(request) {
    const key = request.headers.get('x-api-key')
    remaining = (remaining + (key === null ? 0 : 1)) % 1000
    return new Response(JSON.stringify(body), {
      headers: {
        'Content-Type': 'application/json',
        'X-RateLimit-Limit': '1000',
        'X-RateLimit-Remaining': `${remaining}`,
        'X-RateLimit-Reset': '1795252860',
      },
    })
  },
})
