/** All of them, to their ends. @returns those that ended, and `interrupt`, which throws what another rejected with. */
export async function allEnds<T>(work: Promise<T>[]): Promise<{ ends: T[]; interrupt: () => void }> {
  const settled = await Promise.allSettled(work)
  const rejected = settled.find((end) => end.status === 'rejected')
  return {
    ends: settled.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : [])),
    interrupt() {
      if (rejected) throw rejected.reason
    },
  }
}
