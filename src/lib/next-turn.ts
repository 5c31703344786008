/** Lets everybody else have their turn of the event loop: for long work that is done in slices. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
