/** A piece of a text: as it stands, or the inside of {{…}}. */
export type Piece = { text: string } | { expression: string }

/**
 * Cuts a text at its {{…}}. A placeholder goes from the last {{ before a }} to that }}; so {"a":{{x}}} has a
 * brace on either side, and {{ that is never closed is text. Takes time that grows with the text and no faster.
 */
export function piecesOf(text: string): Piece[] {
  const pieces: Piece[] = []
  let from = 0
  for (let next = nextIn(text, from); next; next = nextIn(text, from)) {
    const { start, end } = next
    if (start > from) pieces.push({ text: text.slice(from, start) })
    pieces.push({ expression: text.slice(start + 2, end) })
    from = end + 2
  }
  if (from < text.length) pieces.push({ text: text.slice(from) })
  return pieces
}

/** Whether a text has a placeholder at all. */
export function hasPlaceholder(text: string): boolean {
  return nextIn(text, 0) !== null
}

/** What the placeholders of a text come to: how many there are, and the characters inside all of them. */
export function placeholdersIn(text: string): { count: number; chars: number } {
  let count = 0
  let chars = 0
  for (let next = nextIn(text, 0); next; next = nextIn(text, next.end + 2)) {
    count += 1
    chars += next.end - next.start - 2
  }
  return { count, chars }
}

/** @returns the expression of a text that is one placeholder and else only spaces; otherwise null. */
export function loneExpression(pieces: readonly Piece[]): string | null {
  const [first, ...more] = pieces.filter((piece) => 'expression' in piece || piece.text.trim() !== '')
  return first && 'expression' in first && more.length === 0 ? first.expression : null
}

// --- internal ---

/** @returns where the next placeholder begins, and where its }} stands. */
function nextIn(text: string, from: number): { start: number; end: number } | null {
  const first = text.indexOf('{{', from)
  const end = first < 0 ? -1 : text.indexOf('}}', first + 2)
  return end < 0 ? null : { start: text.lastIndexOf('{{', end - 2), end }
}
