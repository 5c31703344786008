import type { Reply } from './endpoint.ts'
import { JsonText } from './json-response.ts'

/** Keeps the answers to questions that are asked again and again, for as long as nothing is written. */
export type KeptAnswers<Key> = {
  /**
   * @param asked what is asked: its URL, and whatever else its answer depends on
   * @param make answers from what is stored for the key's audience, and from nothing else; refuses by throwing.
   */
  answer(key: Key, asked: string, make: () => Reply | Promise<Reply>): Reply | Promise<Reply>
  /** Forgets all of them, after someone else wrote to the database. */
  forget(): void
}

type Parts<Key> = {
  /** The same number as before says that nothing was written since. */
  changes: () => number
  /** Names those who get the same answers: nobody else ever gets one that was kept for them. */
  audienceOf: (key: Key) => string
}

/** In characters, of all that are kept. */
const KEPT_MAX = 4 * 1024 * 1024

/** A larger one is kept by nobody: writing it is not what takes its time. */
const ANSWER_MAX = 256 * 1024

export function createKeptAnswers<Key>({ changes, audienceOf }: Parts<Key>): KeptAnswers<Key> {
  /** By their audience, then by what was asked: one text made of both would be made for each request. */
  const kept = new Map<string, Map<string, Reply>>()
  let keptSize = 0
  let keptAt = Number.NaN

  function forget(): void {
    kept.clear()
    keptSize = 0
  }

  function keep(audience: string, asked: string, reply: Reply, size: number): void {
    if (size > ANSWER_MAX) return
    if (keptSize + size > KEPT_MAX) forget()
    const answers = kept.get(audience) ?? new Map<string, Reply>()
    kept.set(audience, answers.set(asked, reply))
    keptSize += size
  }

  return {
    answer(key, asked, make) {
      const now = changes()
      if (now !== keptAt) forget()
      keptAt = now
      const audience = audienceOf(key)
      const before = kept.get(audience)?.get(asked)
      if (before) return before
      const reply = make()
      if (reply instanceof Promise) return reply
      const text = JSON.stringify(reply.body)
      const written = { ...reply, body: new JsonText([text]) }
      keep(audience, asked, written, audience.length + asked.length + text.length)
      return written
    },
    forget,
  }
}
