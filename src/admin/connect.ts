import { existsSync } from 'node:fs'
import { createApp } from '../app.ts'
import { createSystemClock } from '../clock.ts'
import { type DataFolder, holdsData, prepareFolder, tightenFiles } from '../data-folder/folder.ts'
import { type OwnerLock, takeOwnership } from '../data-folder/lock.ts'
import { openSecret } from '../data-folder/secret.ts'
import { withShortPath } from '../data-folder/short-path.ts'
import { openDatabase } from '../db/open.ts'
import { AppError } from '../errors.ts'
import { ADDRESS_LIMIT_DEFAULT } from '../limits/limits.ts'
import type { Admin } from './operations.ts'
import type { SocketAnswer } from './socket.ts'

/** A server that is starting takes the folder some 50 ms before it answers; more than this means it hangs. */
const PATIENCE_MS = 5000
const LOCK_WAIT_MS = 100

/**
 * Runs `use` with the admin operations of a data folder: the running server's where there is one, else our
 * own on the database, with the folder locked meanwhile, so that nobody else has part of it in memory.
 * @param orCreate whether to make the folder where nothing was kept yet.
 * @throws NOT_FOUND where there is no data, CONFLICT where another process holds the folder and is silent.
 */
export async function withAdmin<T>(
  folder: DataFolder,
  orCreate: boolean,
  use: (admin: Admin) => Promise<T>,
): Promise<T> {
  if (!holdsData(folder)) {
    if (!orCreate) throw new AppError('NOT_FOUND', `there is no Keyward data in ${folder.path}`)
    prepareFolder(folder)
  }
  const giveUpAt = performance.now() + PATIENCE_MS
  while (performance.now() < giveUpAt) {
    if (await serverAnswers(folder)) return use(remoteAdmin(folder))
    const lock = takeOwnership(folder, LOCK_WAIT_MS)
    if (lock) return onDatabase(folder, lock, use)
  }
  throw new AppError(
    'CONFLICT',
    `another process uses ${folder.path} and does not answer on its admin socket`,
  )
}

// --- internal ---

async function onDatabase<T>(
  folder: DataFolder,
  lock: OwnerLock,
  use: (admin: Admin) => Promise<T>,
): Promise<T> {
  process.umask(0o077)
  try {
    const app = createApp({
      db: openDatabase(folder.database),
      secret: openSecret(folder),
      clock: createSystemClock(),
      addressLimit: ADDRESS_LIMIT_DEFAULT,
      // Nothing is sent from here: what is due waits for a server.
      egress: { allowPrivate: false, allowHttpLoopback: false },
      sandboxPace: 1,
      proofsFolder: folder.proofs,
      // Decisions on runs wait for a server too, so that nothing is pruned or shown of them here.
      runsFile: folder.runs,
      runHistoryMs: Number.POSITIVE_INFINITY,
      workflowEnv: {},
    })
    tightenFiles(folder)
    try {
      return await use(app.admin)
    } finally {
      await app.close()
    }
  } finally {
    lock.release()
  }
}

async function serverAnswers(folder: DataFolder): Promise<boolean> {
  if (!existsSync(folder.socket)) return false
  return withShortPath(folder.socket, (unix) => fetch('http://keyward/', { unix })).then(
    () => true,
    () => false,
  )
}

/** The same operations, carried out by the server. */
function remoteAdmin(folder: DataFolder): Admin {
  async function call(operation: string, input: unknown): Promise<never> {
    const body = JSON.stringify(input ?? {})
    const response = await withShortPath(folder.socket, (unix) =>
      fetch(`http://keyward/${operation}`, { unix, method: 'POST', body }),
    )
    const answer = (await response.json()) as SocketAnswer
    if ('error' in answer) throw new AppError(answer.error.code, answer.error.message, answer.error.problems)
    if ('broken' in answer) throw new Error('the server met an internal error; its log says which')
    return answer.value as never
  }
  return {
    createKey: (input) => call('createKey', input),
    listKeys: (input) => call('listKeys', input),
    revokeKey: (input) => call('revokeKey', input),
    createAccount: (input) => call('createAccount', input),
    listAccounts: () => call('listAccounts', {}),
    updateAccount: (input) => call('updateAccount', input),
    resolveDispute: (input) => call('resolveDispute', input),
    cancelTask: (input) => call('cancelTask', input),
    creditAccount: (input) => call('creditAccount', input),
    createWorker: (input) => call('createWorker', input),
    listWorkers: () => call('listWorkers', {}),
    suspendWorker: (input) => call('suspendWorker', input),
    listRuns: (input) => call('listRuns', input),
    decideRun: (input) => call('decideRun', input),
  }
}
