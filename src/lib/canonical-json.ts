/**
 * The same text for values that are equal as JSON: the order of an object's fields does not count.
 * @param visit told of each value before what is in it; what it throws ends the work
 */
export function canonicalJson(value: unknown, visit: (value: unknown) => void = () => undefined): string {
  return JSON.stringify(sorted(value, visit))
}

// --- internal ---

function sorted(value: unknown, visit: (value: unknown) => void): unknown {
  visit(value)
  if (Array.isArray(value)) return value.map((item) => sorted(item, visit))
  if (typeof value !== 'object' || value === null) return value
  const fields = Object.entries(value).map(([name, child]) => [name, sorted(child, visit)] as const)
  return Object.fromEntries(fields.sort(([a], [b]) => (a < b ? -1 : 1)))
}
