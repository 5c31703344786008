/** Does work one at a time, the waiting owners in turn: an owner that asks for much waits for its own work only. */
export function createFairTurns() {
  const waiting = new Map<string, (() => Promise<void>)[]>()
  let isBusy = false

  async function takeTurns(): Promise<void> {
    isBusy = true
    for (let [next] = waiting; next; [next] = waiting) {
      const [owner, jobs] = next
      const job = jobs.shift()
      // To the end of the line, or out of it.
      waiting.delete(owner)
      if (jobs.length > 0) waiting.set(owner, jobs)
      await job?.()
    }
    isBusy = false
  }

  /** @returns what the work gives, or its rejection, once it had its turn. */
  return function inTurn<T>(owner: string, work: () => Promise<T>): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    const job = () => work().then(resolve, reject)
    const jobs = waiting.get(owner)
    if (jobs) jobs.push(job)
    else waiting.set(owner, [job])
    if (!isBusy) void takeTurns()
    return promise
  }
}
