/** Data: to stdout. */
export function print(text: string): void {
  console.log(text)
}

/** Everything else: to stderr, so that stdout can be captured. */
export function tell(text: string): void {
  console.error(text)
}

/** One JSON value and nothing else on stdout. */
export function printJson(value: unknown): void {
  console.log(JSON.stringify(value, null, 2))
}

/** A time for people, to the second; "never" or the like where there is none. */
export function readableTime(iso: string | null, none: string): string {
  return iso === null ? none : `${iso.slice(0, 10)} ${iso.slice(11, 19)}Z`
}
