import { admin } from '../operations.ts'
import { useLoaded } from './loaded.ts'

/** The accounts to choose from. */
export function useAccounts() {
  return useLoaded(() => admin.accounts.list(), []).value
}
