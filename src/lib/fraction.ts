/**
 * A number from 0 up to 1 that looks random and is the same for the same numbers: what comes by its place in a row needs
 * no state, and does not depend on what else is drawn.
 */
export function fraction(...numbers: readonly number[]): number {
  return Bun.hash.xxHash32(numbers.join(' ')) / 2 ** 32
}
