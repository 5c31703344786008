import type { ServedAdmin } from '../admin/admin.ts'
import type { DataFolder } from '../data-folder/folder.ts'
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
  const answer = await askServer(folder, use, answerWithinMs)
  if (answer === 'down' || answer === 'silent') throw new NoServer(folder)
  return answer
}
