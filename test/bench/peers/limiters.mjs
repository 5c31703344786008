// Drives the limiters of other packages with traffic from stdin, on a clock of our own, and prints what they
// decided. The clock is set up before any of them is loaded: they read Date.now and set timers.
const clock = { now: Date.UTC(2026, 10, 21, 9), timers: new Map(), last: 0 }

Date.now = () => clock.now
const RealDate = Date
globalThis.Date = class extends RealDate {
  constructor(...args) {
    super(...(args.length === 0 ? [clock.now] : args))
  }
}
const schedule = (repeats) => (run, delay = 0) => {
  const id = { ref: () => id, unref: () => id, [Symbol.toPrimitive]: () => 0 }
  clock.timers.set(id, { run, at: clock.now + delay, every: repeats ? delay : null })
  return id
}
globalThis.setTimeout = schedule(false)
globalThis.setInterval = schedule(true)
globalThis.clearTimeout = globalThis.clearInterval = (id) => clock.timers.delete(id)

/** Lets time pass, timer by timer in the order in which they are due. */
function advanceTo(time) {
  for (;;) {
    const due = [...clock.timers].filter(([, timer]) => timer.at <= time).sort(([, a], [, b]) => a.at - b.at)[0]
    if (!due) break
    const [id, timer] = due
    clock.now = Math.max(clock.now, timer.at)
    if (timer.every === null) clock.timers.delete(id)
    else timer.at += timer.every
    timer.run()
  }
  clock.now = time
}

const WINDOW_MS = 60_000
const { limit, times } = JSON.parse(await Bun.stdin.text())

const { MemoryStore: ExpressStore } = await import('express-rate-limit')
const { MemoryStore: HonoStore } = await import('hono-rate-limiter')
const { DefaultContext: ElysiaStore } = await import('elysia-rate-limit')
const { RateLimiterMemory } = await import('rate-limiter-flexible')
const { default: FastifyStore } = await import('@fastify/rate-limit/store/LocalStore.js')

const LIMITERS = {
  'express-rate-limit 8.7.4'() {
    const store = new ExpressStore()
    store.init({ windowMs: WINDOW_MS })
    return async () => (await store.increment('client')).totalHits <= limit
  },
  'hono-rate-limiter 0.5.4'() {
    const store = new HonoStore()
    store.init({ windowMs: WINDOW_MS })
    return async () => (await store.increment('client')).totalHits <= limit
  },
  'elysia-rate-limit 4.6.3'() {
    const store = new ElysiaStore()
    store.init({ duration: WINDOW_MS })
    return async () => (await store.increment('client', WINDOW_MS)).count <= limit
  },
  'rate-limiter-flexible 11.4.0'() {
    const limiter = new RateLimiterMemory({ points: limit, duration: WINDOW_MS / 1000 })
    return () => limiter.consume('client').then(() => true, () => false)
  },
  '@fastify/rate-limit 11.2.0'() {
    const store = new FastifyStore(false, false)
    return async () => {
      let admitted = false
      store.incr('client', (_, { current }) => (admitted = current <= limit), WINDOW_MS, limit)
      return admitted
    }
  },
}

const results = []
for (const [name, create] of Object.entries(LIMITERS)) {
  const decisions = []
  for (const pattern of times) {
    clock.timers.clear()
    // A whole minute well after the last pattern, so that windows by the clock start where the traffic does.
    const start = Math.ceil((clock.now + 10 * WINDOW_MS) / WINDOW_MS) * WINDOW_MS
    advanceTo(start)
    const decide = create()
    const decided = []
    for (const time of pattern) {
      advanceTo(start + time)
      decided.push(await decide())
    }
    decisions.push(decided)
  }
  results.push({ name, decisions })
}
console.log(JSON.stringify(results))
process.exit(0)
