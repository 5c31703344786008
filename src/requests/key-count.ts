import type { Keys } from '../keys/keys.ts'
import type { Exchange } from './exchange.ts'

/** Counts each request that was answered for the key that it came with, good or not. */
export function createKeyCount(keys: Pick<Keys, 'recordAnswer' | 'recordRefusal'>) {
  return (exchange: Exchange): void => {
    const { caller, presented, refusal } = exchange
    if (caller !== null) {
      if (caller.kind === 'key') keys.recordAnswer(caller, exchange)
    } else if (presented !== null && presented.key !== null) {
      // Only the holder of a whole key is told that it is revoked.
      keys.recordRefusal(presented.key.seq, exchange, refusal === 'revoked')
    }
  }
}
