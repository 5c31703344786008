/** A step that a definition names, and the field it is named in. */
export type Mention = { id: string; field: string }

/** The ids in a list, or the one that stands there alone. Whatever is no id is passed over. */
export function mentions(value: unknown, field: string): Mention[] {
  if (typeof value === 'string') return [{ id: value, field }]
  if (!Array.isArray(value)) return []
  return value.flatMap((id, i) => (typeof id === 'string' ? [{ id, field: `${field}[${i}]` }] : []))
}
