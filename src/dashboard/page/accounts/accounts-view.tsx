import type { ViewProps } from '../view.ts'

export function AccountsView({ id }: ViewProps) {
  return <h1>accounts {id}</h1>
}
