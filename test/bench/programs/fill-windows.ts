import { heapStats } from 'bun:jsc'
import { createLimiter, subject } from '../../../src/limits/limiter.ts'

/** Fills so many windows with so many requests, and prints by how much the process has grown, as JSON. */
const [windows = 0, size = 0] = process.argv.slice(2).map(Number)
const zero = () => 0
const limiter = createLimiter({ elapsed: zero, now: zero, toWall: zero })

/** The allocator gives pages back after about a second; a server that runs for hours has long done so. */
const SETTLE_MS = 1200

async function memory(): Promise<{ used: number; resident: number }> {
  Bun.gc(true)
  await Bun.sleep(SETTLE_MS)
  Bun.gc(true)
  return { used: heapStats().heapSize, resident: process.memoryUsage.rss() }
}

limiter.take(subject('warm-up'), 1)
const before = await memory()
for (let window = 0; window < windows; window++) {
  const filled = subject(Bun.randomUUIDv7())
  for (let taken = 0; taken < size; taken++) limiter.take(filled, size)
}
const after = await memory()
console.log(JSON.stringify({ used: after.used - before.used, resident: after.resident - before.resident }))
if (limiter.size !== windows + 1) process.exit(1)
