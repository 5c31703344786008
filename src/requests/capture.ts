import { onBody } from './body-listener.ts'
import { redactedText, withoutLastWord } from './redaction.ts'
import { pathOf } from './request-path.ts'
import { isSecretName, REDACTED } from './secret-name.ts'

/** Headers and body of a request or an answer, without secrets. */
export type Message = {
  headers: Readonly<Record<string, string>>
  /** null: there was none. */
  body: MessageBody | null
}

export type MessageBody = {
  type: string | null
  /** As long as it was, or as the sender told; null: not known. */
  bytes: number | null
  /** null: it is no text, or a form of several parts, or a secret as a whole, or nobody has read it. */
  text: string | null
  /** Whether there is more than the text shows. */
  isCut: boolean
}

/** What was sent and answered. `answer` is null until it is there. */
export type Capture = { request: Message; answer: Message | null }

/** Of each body; in bytes. */
const BODY_KEPT = 64 * 1024

/** Begins with what is known when a request comes; its body follows when somebody has read it. */
export function captureOf(request: Request): Capture {
  const { headers, body, url } = request
  const type = headers.get('content-type')
  const sent: Message = { headers: headersOf(headers), body: body === null ? null : unread(headers) }
  if (body !== null) {
    onBody(request, (bytes) => {
      const isShown = !SECRET_PATH.test(pathOf(url))
      sent.body = bytes.length === 0 ? null : bodyOf(bytes, bytes.length, type, isShown)
    })
  }
  return { request: sent, answer: null }
}

/** The text of an answer, whole or in parts that follow one another. */
export type AnswerText = string | readonly string[]

/**
 * @param text null: it is not at hand
 * @param bytes how long it is; null: not known
 */
export function answerOf(headers: Headers, text: AnswerText | null, bytes: number | null): Message {
  const type = headers.get('content-type')
  const shown = headersOf(headers)
  if (bytes === 0) return { headers: shown, body: null }
  if (text === null) return { headers: shown, body: { type, bytes, text, isCut: false } }
  const parts = typeof text === 'string' ? [text] : text
  return { headers: shown, body: bodyOf(beginningOf(parts), bytes, type, true) }
}

/** How much memory it takes at most, in bytes: a character is one or two, and what holds a text some more. */
export function sizeOf({ request, answer }: Capture): number {
  return messageSize(request) + (answer === null ? 0 : messageSize(answer))
}

// --- internal ---

/** Where what is sent is a secret, whatever its field is called. */
const SECRET_PATH = /\/secrets(?:\/|$)/

/** A name stands far from its value there. */
const SEVERAL_PARTS = /^\s*multipart\//i

const PER_TEXT = 64

function headersOf(headers: Headers): Record<string, string> {
  return Object.fromEntries(
    [...headers].map(([name, value]) => [name, isSecretName(name) ? REDACTED : redactedText(value)]),
  )
}

function unread(headers: Headers): MessageBody {
  const told = Number(headers.get('content-length') ?? Number.NaN)
  const bytes = Number.isSafeInteger(told) ? told : null
  return { type: headers.get('content-type'), bytes, text: null, isCut: false }
}

/** @param beginning all of it, or at least as much as is kept */
function bodyOf(beginning: Buffer, bytes: number | null, type: string | null, isShown: boolean): MessageBody {
  const kept = beginning.subarray(0, BODY_KEPT)
  const isCut = beginning.length > kept.length
  const text = isShown && !SEVERAL_PARTS.test(type ?? '') ? textOf(kept, isCut) : null
  if (text === null) return { type, bytes, text, isCut: false }
  return { type, bytes, text: redactedText(isCut ? withoutLastWord(text) : text), isCut }
}

/** null: it is no text. @param isCut a character that is cut at the end is left out */
function textOf(bytes: Buffer, isCut: boolean): string | null {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: isCut })
    return text.includes('\0') ? null : text
  } catch {
    return null
  }
}

function beginningOf(parts: readonly string[]): Buffer {
  let beginning = Buffer.alloc(0)
  for (const part of parts) {
    if (beginning.length > BODY_KEPT) break
    // A character is a byte at least.
    beginning = Buffer.concat([beginning, Buffer.from(part.slice(0, BODY_KEPT + 1))])
  }
  return beginning
}

function messageSize({ headers, body }: Message): number {
  let size = textSize(body?.text ?? '') + textSize(body?.type ?? '')
  for (const [name, value] of Object.entries(headers)) size += textSize(name) + textSize(value)
  return size
}

function textSize(text: string): number {
  return PER_TEXT + 2 * text.length
}
