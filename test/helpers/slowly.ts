/** A body whose last byte comes when `beforeTheEnd` is over. */
export function slowly(text: string, beforeTheEnd: () => Promise<void>) {
  const bytes = new TextEncoder().encode(text)
  return new ReadableStream({
    async start(controller) {
      controller.enqueue(bytes.slice(0, -1))
      await beforeTheEnd()
      controller.enqueue(bytes.slice(-1))
      controller.close()
    },
  })
}
