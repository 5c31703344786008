/** The program's own threads; each has its entry beside main.ts, which `bun run build` is told of. */
export type ThreadName = 'engine' | 'sandbox' | 'schema'

/**
 * Starts a thread. It stands here because the address is relative to this file in the source, and to the one
 * file that the compiled executable is: the two agree for what lies beside main.ts.
 */
export function startThread(name: ThreadName): Worker {
  return new Worker(new URL(`./${name}-thread.ts`, import.meta.url).href)
}
