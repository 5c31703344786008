import { AppError } from '../errors.ts'
import { aliveStream } from '../lib/alive-stream.ts'
import { refusalOf, type SocketAnswer, valueOrRefusal } from './socket-answer.ts'

/** What an answer is that goes on: JSON values, one a line; an empty line says that the server is there. */
export const LINES_TYPE = 'application/x-ndjson'

/** Sends values as they come. @param end aborted when the server stops, which ends the answer. */
export function answerLines(values: ReadableStream<unknown>, end: AbortSignal): Response {
  const lines = aliveStream(values, end, {
    here: '\n',
    write: (value) => lineOf({ value }),
    failed: (error) => lineOf(error instanceof AppError ? refusalOf(error) : { broken: true }),
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

function lineOf(answer: SocketAnswer): string {
  return `${JSON.stringify(answer)}\n`
}
