import type { ViewProps } from '../view.ts'

export function KeyView({ id }: ViewProps) {
  return <h1>key {id}</h1>
}
