/**
 * The groups of ids that pairs connect, over however many. Each id is in one; groups and ids keep the order of the
 * ids. A pair with an unknown id connects nothing.
 */
export function connectedGroups(
  ids: readonly string[],
  pairs: Iterable<readonly [string, string]>,
): string[][] {
  const next = new Map(ids.map((id) => [id, id]))

  /** The id that stands for a group. Halves the way to it, so that the next search is short. */
  function groupOf(id: string): string {
    let at = id
    for (;;) {
      const above = next.get(at) ?? at
      if (above === at) return at
      next.set(at, next.get(above) ?? above)
      at = above
    }
  }

  for (const [one, other] of pairs) {
    if (next.has(one) && next.has(other)) next.set(groupOf(other), groupOf(one))
  }
  return [...Map.groupBy(ids, groupOf).values()]
}
