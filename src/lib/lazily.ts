/**
 * Makes something when it is first asked for, and keeps it. For prepared statements above all: together they
 * would make a start 9 ms longer and 4 MB larger, and most commands and many servers use a few.
 */
export function lazily<T>(make: () => T): () => T {
  let made: { value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}
