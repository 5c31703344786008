import { printable } from '../lib/printable.ts'
import type { Message } from '../requests/capture.ts'
import type { Messages } from '../requests/request-view.ts'

/** Headers and body of a request and its answer for people, as curl shows them: > what came, < what went. */
export function messageLines({ request, response }: Messages): string[] {
  if (request === null) return ['  (its headers and body had to make room for those of later requests)']
  return [...linesOf(request, '  > '), ...(response === null ? [] : linesOf(response, '  < '))]
}

// --- internal ---

function linesOf({ headers, body }: Message, margin: string): string[] {
  const fields = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  const text = body === null ? [] : ['', ...bodyLines(body)]
  return [...fields, ...text].map((line) => (margin + printable(line)).trimEnd())
}

function bodyLines({ type, bytes, text, isCut }: NonNullable<Message['body']>): string[] {
  const size = bytes === null ? 'of unknown length' : `of ${bytes} bytes`
  if (text === null) return [`(${type ?? 'a body'}, ${size}; not shown)`]
  return [...text.replaceAll('\t', '  ').split(/\r?\n/), ...(isCut ? [`(cut; it is ${size})`] : [])]
}
