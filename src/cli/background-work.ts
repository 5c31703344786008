import { nextTurn } from '../lib/next-turn.ts'

const EVERY_MS = 100

/**
 * Ten times a second takes a turn of each part of the background work, with requests between the parts.
 * @param turnsNow asked before each part: [] while nothing may be done
 */
export function startBackgroundWork(turnsNow: () => readonly (() => void)[]): { stop(): void } {
  let isStopped = false
  let isUnderWay = false

  async function takeTurns(): Promise<void> {
    if (isUnderWay) return
    isUnderWay = true
    for (let part = 0; !isStopped; part++) {
      const turn = turnsNow()[part]
      if (turn === undefined) break
      turn()
      await nextTurn()
    }
    isUnderWay = false
  }

  const timer = setInterval(() => void takeTurns(), EVERY_MS)
  return {
    stop() {
      isStopped = true
      clearInterval(timer)
    },
  }
}
