/** Something that comes due: when, in ms since the Unix epoch, and the id of what it happens to. */
export type Due = { at: number; id: string }

/** One kind of what comes due without anybody doing something: time alone makes the difference. */
export type DueTimes = {
  /** The first after this one, in order (`inOrder`); null: there is none. */
  nextAfter(due: Due): Due | null
}

/** One kind of what comes due and has to be done, one by one: for whoever drives the clock. */
export type DueSource = {
  /** The first that will come due, or is, in order; null: none will. */
  next(): Due | null
  /**
   * Lets the first one happen, and nothing else. It must be due.
   * @returns false where it could not happen, and stays due. @throws where nothing can be stored
   */
  take(): boolean | Promise<boolean>
}

/** By time, then by id. @returns less than 0 where `a` goes before `b` */
export function inOrder(a: Due, b: Due): number {
  return a.at - b.at || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)
}

/** The first of some, in order; null where there is none. */
export function firstOf<T extends Due>(dues: Iterable<T | null>): T | null {
  let first: T | null = null
  for (const due of dues) if (due && (first === null || inOrder(due, first) < 0)) first = due
  return first
}
