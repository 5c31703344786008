/** The path that a request was for, without its query. Of one without a good Host the URL is the path alone. */
export function pathOf(url: string): string {
  return /^(?:https?:\/\/[^/?#]*)?([^?#]*)/i.exec(url)?.[1] ?? ''
}
