import type { workers } from '../../db/schema/workers.ts'

type WorkerRow = typeof workers.$inferSelect

/** A person who does tasks: the row, less what proves the key, with its JSON read. */
export type Worker = Omit<WorkerRow, 'skills' | 'keyBcryptHash' | 'keyVerifier'> & { skills: string[] }

/** A worker as a search finds them, or one who is made up: there is no key to speak of. */
export type FoundWorker = Omit<Worker, 'keyPrefix' | 'createdAt' | 'status'>
