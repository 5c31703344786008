/** Receivers tell their callers by paths and queries that nobody can guess: an operator sees where it goes, and no more. */
export function shownUrl(url: string): string {
  const { origin } = new URL(url)
  return url === origin || url === `${origin}/` ? url : `${origin}/…`
}
