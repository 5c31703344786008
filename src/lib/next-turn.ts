/**
 * Lets everybody else have their turn of the event loop: for long work that is done in slices. Of all who wait for it one
 * goes on in each turn, in the order of asking: together the slices of a hundred works would be one long turn.
 */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    waiting.push(resolve)
    if (waiting.length === 1) setImmediate(goOn)
  })
}

// --- internal ---

const waiting: (() => void)[] = []

function goOn(): void {
  const [next] = waiting.splice(0, 1)
  if (waiting.length > 0) setImmediate(goOn)
  next?.()
}
