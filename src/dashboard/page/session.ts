import { signal } from '@preact/signals'
import type { ServerStatus } from '../../admin/server.ts'

export type PageSession = {
  operator: string
  csrf: string /** null: it does not end. */
  expiresAt: string | null
}

/** undefined: not known yet; null: nobody is signed in. */
export const session = signal<PageSession | null | undefined>(undefined)

/** What the server says of itself; null: not known yet. */
export const server = signal<ServerStatus | null>(null)
