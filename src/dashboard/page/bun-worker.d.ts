/** The operations whose types the page uses start threads by Bun's Worker; the browser's has neither of these. */
interface Worker {
  ref(): void
  unref(): void
}
