import { sizeOf } from './capture.ts'
import type { Exchange } from './exchange.ts'

/**
 * Bounds what the captures of all requests hold together: those of the oldest are let go first, also where somebody still has
 * the exchange.
 * @param countMax how many at most
 * @param bytesMax how much at most, as `sizeOf` counts
 */
export function createKeptCaptures(countMax: number, bytesMax: number) {
  const kept: { exchange: Exchange; size: number }[] = []
  let total = 0

  return {
    add(exchange: Exchange): void {
      if (exchange.capture === null) return
      const size = sizeOf(exchange.capture)
      kept.push({ exchange, size })
      total += size
      while (kept.length > countMax || total > bytesMax) {
        const oldest = kept.shift()
        if (oldest === undefined) return
        oldest.exchange.capture = null
        total -= oldest.size
      }
    },
  }
}
