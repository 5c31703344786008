import { admin } from '../operations.ts'
import { useLoaded } from './loaded.ts'

/** Of more, a filter names one by its id. */
const OFFERED_MAX = 200

/** The accounts to choose from. */
export function useAccounts() {
  return useLoaded(() => admin.accounts.list({ limit: OFFERED_MAX }), []).value
}
