import { AppError } from '../errors.ts'
import { type SocketAnswer, valueOrRefusal } from './socket-answer.ts'

/** What an answer is that goes on: JSON values, one a line; an empty line says that the server is there. */
export const LINES_TYPE = 'application/x-ndjson'

/** Far less than an idle connection has. */
const ALIVE_EVERY_MS = 10_000

/** Sends values as they come. @param end aborted when the server stops, which ends the answer. */
export function answerLines(values: ReadableStream<unknown>, end: AbortSignal): Response {
  const reader = values.getReader()
  const encoder = new TextEncoder()
  let alive: Timer | undefined

  function close(): void {
    clearInterval(alive)
    void reader.cancel()
  }

  const lines = new ReadableStream<Uint8Array>({
    start(controller) {
      // With the first byte goes the head of the answer, which says that it has begun.
      controller.enqueue(encoder.encode('\n'))
      alive = setInterval(() => {
        if ((controller.desiredSize ?? 0) > 0) controller.enqueue(encoder.encode('\n'))
      }, ALIVE_EVERY_MS)
      end.addEventListener('abort', close, { once: true })
    },
    async pull(controller) {
      const answer = await nextAnswer(reader)
      if (answer !== null) controller.enqueue(encoder.encode(`${JSON.stringify(answer)}\n`))
      if (answer !== null && 'value' in answer) return
      clearInterval(alive)
      end.removeEventListener('abort', close)
      controller.close()
    },
    cancel() {
      end.removeEventListener('abort', close)
      close()
    },
  })
  return new Response(lines, { headers: { 'Content-Type': LINES_TYPE } })
}

/** Reads what `answerLines` sends. @throws the refusal that ended it */
export async function* valuesOfLines(body: ReadableStream<Uint8Array>): AsyncGenerator<unknown> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of body) {
    const lines = (text + decoder.decode(chunk, { stream: true })).split('\n')
    text = lines.pop() ?? ''
    for (const line of lines) if (line !== '') yield valueOrRefusal(JSON.parse(line) as SocketAnswer)
  }
}

// --- internal ---

type Reader = { read(): Promise<{ done: boolean; value?: unknown }> }

/** @returns null at the end. */
async function nextAnswer(reader: Reader): Promise<SocketAnswer | null> {
  try {
    const { done, value } = await reader.read()
    return done ? null : { value }
  } catch (error) {
    if (!(error instanceof AppError)) return { broken: true }
    return { error: { code: error.code, message: error.message, problems: error.problems } }
  }
}
