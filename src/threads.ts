import { openFilesMax, refuseWithoutRoom } from './lib/open-files.ts'

/** The program's own threads, and their entries; `bun run build` puts each into the executable. */
export const THREADS = {
  checkpoint: 'db/checkpoint-thread.ts',
  engine: 'workflows/engine/thread.ts',
  sandbox: 'workflows/sandbox/thread.ts',
  schema: 'workflows/json-schema/thread.ts',
} as const

/**
 * Bun ends the whole process where a thread finds no file for its event loop; it takes up to 12, with the database that it
 * opens. The rest stays for a connection or two: a server that nobody can reach is worth less than one without runs.
 */
const FILES_OF_A_THREAD = 16

/** With fewer, connections can use up all files before the first thread is needed. */
const FILES_ENOUGH = 4096

/** Whether threads are to be started with the server, and not when they are first needed. */
export function startsThreadsEarly(): boolean {
  return (openFilesMax() ?? FILES_ENOUGH) < FILES_ENOUGH
}

/**
 * Starts a thread. It stands here because the address is relative to this file in the source, and to the one
 * file that the compiled executable is: the two agree for what lies beside main.ts or below it.
 * @throws Node's error with code EMFILE where there are too few files left for it
 */
export function startThread(name: keyof typeof THREADS): Worker {
  refuseWithoutRoom(FILES_OF_A_THREAD)
  return new Worker(new URL(THREADS[name], import.meta.url).href)
}
