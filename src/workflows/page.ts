/** Where a list goes on: after the item with this creation time and id. Lists run from new to old. */
export type Cursor = { createdAt: number; id: string }

/** What a list shows at once, and whether it goes on. */
export type Page<T> = { items: T[]; hasMore: boolean }

/**
 * Cuts what was fetched to a page.
 * @param fetched one item more than `limit` was asked for, to see whether there is one.
 */
export function toPage<T>(fetched: T[], limit: number): Page<T> {
  return { items: fetched.slice(0, limit), hasMore: fetched.length > limit }
}

/**
 * Ends a page early where its items are large, so that no other request waits for it; it has one at least.
 * @param sizes of one item more than `limit`, to see whether there is one.
 */
export function fittingPage(
  sizes: readonly { bytes: number }[],
  limit: number,
): { count: number; hasMore: boolean } {
  let bytes = 0
  const over = sizes.findIndex((item) => {
    bytes += item.bytes
    return bytes > PAGE_BYTES_MAX
  })
  const fitting = over === -1 ? sizes.length : Math.max(over, 1)
  const count = Math.min(fitting, limit)
  return { count, hasMore: sizes.length > count }
}

// --- internal ---

/** Of what a page holds that may be large, in bytes of JSON: 1 MiB takes some 15 ms to read and to write. */
const PAGE_BYTES_MAX = 1024 * 1024
