/** Always in sight under --dev: what time it is for the server, and what goes wrong on purpose. */
export function DevBar() {
  return (
    <aside class="dev-bar" aria-label="Development">
      Development
    </aside>
  )
}
