/** workfunder/README.md, "Conventions" */
export const LIMIT_DEFAULT = 20

/** The part of a list that a query asks for. */
export type Page = { limit: number; offset: number }

export function page({ limit = LIMIT_DEFAULT, offset = 0 }: { limit?: number; offset?: number }): Page {
  return { limit, offset }
}
