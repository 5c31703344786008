/**
 * Like Promise.allSettled.
 * @returns the values of those that were fulfilled, and `interrupt`, which throws what another was rejected with.
 */
export async function settleAll<T>(work: Promise<T>[]): Promise<{ ends: T[]; interrupt: () => void }> {
  const settled = await Promise.allSettled(work)
  const rejected = settled.find((end) => end.status === 'rejected')
  return {
    ends: settled.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : [])),
    interrupt() {
      if (rejected) throw rejected.reason
    },
  }
}
