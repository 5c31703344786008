import type { TSchema } from '@sinclair/typebox'
import type { Dialect } from '../http/api.ts'
import type { Endpoint } from '../http/endpoint.ts'

/** What a vendor's pages say of an API as a whole. */
export type AboutApi = {
  /** Which document it stands in: /openapi.json?api=… */
  document: string
  /** The heading of what has no heading of its own. */
  title: string
  description: string
  /** Where the key stands, and what the document calls that; null: it needs none. */
  security: SecurityScheme | null
  /** The body of every refusal. */
  error: TSchema
}

/** OpenAPI's own form, under a name. */
export type SecurityScheme = { name: string; scheme: Readonly<Record<string, string>> }

export type DescribedApi = AboutApi & {
  /** Without `refused`, requests need no key and count in no window. */
  dialect: Pick<Dialect, 'prefix' | 'failed'> & Partial<Pick<Dialect, 'categoryOf' | 'refused'>>
  endpoints: readonly DescribedEndpoint[]
}

export type DescribedEndpoint = Omit<Endpoint, 'run' | 'repeatableFor'>
