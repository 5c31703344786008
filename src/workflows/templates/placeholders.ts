/** A piece of a text: as it stands, or the inside of {{…}}. */
export type Piece = { text: string } | { expression: string }

/**
 * Cuts a text at its {{…}}. A placeholder goes from the last {{ before a }} to that }}; so {"a":{{x}}} has a
 * brace on either side, and {{ that is never closed is text. Takes time that grows with the text and no faster.
 */
export function piecesOf(text: string): Piece[] {
  const pieces: Piece[] = []
  let from = 0
  for (;;) {
    const first = text.indexOf('{{', from)
    const end = first < 0 ? -1 : text.indexOf('}}', first + 2)
    if (end < 0) break
    const start = text.lastIndexOf('{{', end - 2)
    if (start > from) pieces.push({ text: text.slice(from, start) })
    pieces.push({ expression: text.slice(start + 2, end) })
    from = end + 2
  }
  if (from < text.length) pieces.push({ text: text.slice(from) })
  return pieces
}

/** @returns the expression of a text that is one placeholder and else only spaces; otherwise null. */
export function loneExpression(pieces: readonly Piece[]): string | null {
  const [first, ...more] = pieces.filter((piece) => 'expression' in piece || piece.text.trim() !== '')
  return first && 'expression' in first && more.length === 0 ? first.expression : null
}
