/** The characters of a value as JSON, about; nothing is written for it. Its depth must be bounded. */
export function jsonSize(value: unknown): number {
  if (typeof value === 'string') return value.length + QUOTES
  if (typeof value !== 'object' || value === null) return SCALAR
  let size = SCALAR
  if (Array.isArray(value)) {
    for (const item of value) size += jsonSize(item)
    return size
  }
  for (const name of Object.keys(value)) size += name.length + QUOTES + jsonSize(Reflect.get(value, name))
  return size
}

type Within = {
  /** Of lists and objects inside each other. Left out: any, so the depth must be bounded. */
  levelsMax?: number
  /** What each text and name in it is to be besides. Left out: any. */
  isGood?: (text: string) => boolean
}

/** Whether a value is at most so many characters as JSON, about; looks no further than that. */
export function isWithin(
  value: unknown,
  chars: number,
  { levelsMax = Number.POSITIVE_INFINITY, isGood = () => true }: Within = {},
): boolean {
  let left = chars
  return fits(value, levelsMax)

  function textFits(text: string): boolean {
    left -= text.length + QUOTES
    return left >= 0 && isGood(text)
  }

  function fits(item: unknown, levels: number): boolean {
    if (typeof item === 'string') return textFits(item)
    left -= SCALAR
    if (left < 0) return false
    if (typeof item !== 'object' || item === null) return true
    if (levels === 0) return false
    if (Array.isArray(item)) {
      for (const inner of item) if (!fits(inner, levels - 1)) return false
      return true
    }
    for (const name of Object.keys(item))
      if (!textFits(name) || !fits(Reflect.get(item, name), levels - 1)) return false
    return true
  }
}

// --- internal ---

/** With the comma or the colon after them. */
const QUOTES = 3

/** A number, a truth value, null, or a pair of brackets; about. */
const SCALAR = 4
