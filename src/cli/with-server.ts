import type { ServedAdmin } from '../admin/admin.ts'
import type { DataFolder } from '../data-folder/folder.ts'
import { AppError } from '../errors.ts'
import { askServer } from './connect.ts'
import { NoServer } from './no-server.ts'

/** In ms; as long as the other commands wait for an answer. */
const ANSWER_WITHIN_MS = 30_000

/**
 * Runs `use` with the operations of the running server, for what a command cannot do by itself: it has neither the server's
 * settings nor its time. @throws NoServer where none answers, and what `use` throws
 */
export async function withServer<T>(
  folder: DataFolder,
  use: (admin: ServedAdmin) => Promise<T>,
  answerWithinMs = ANSWER_WITHIN_MS,
): Promise<T> {
  async function ask(admin: ServedAdmin) {
    try {
      return { value: await use(admin) }
    } catch (error) {
      // What the server itself refuses for now is no silence of it, which has a cause.
      if (error instanceof AppError && error.code === 'UNAVAILABLE' && error.cause === undefined)
        return { refusal: error }
      throw error
    }
  }
  const answer = await askServer(folder, ask, answerWithinMs)
  if (typeof answer === 'string') throw new NoServer(folder)
  if ('refusal' in answer) throw answer.refusal
  return answer.value
}
