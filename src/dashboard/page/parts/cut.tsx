/** A text of a table that may be longer than its place; the whole of it is on hover. */
export function Cut({ text }: { text: string }) {
  return (
    <span class="cut" title={text}>
      {text}
    </span>
  )
}

/** As `Cut`, and a link. @param to the address of a view */
export function CutLink({ to, text }: { to: string; text: string }) {
  return (
    <a class="cut" href={to} title={text}>
      {text}
    </a>
  )
}
