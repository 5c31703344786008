import { existsSync } from 'node:fs'
import type { Admin, ServedAdmin } from '../admin/admin.ts'
import { LINES_TYPE, valuesOfLines } from '../admin/answer-lines.ts'
import { OPERATOR_HEADER } from '../admin/socket.ts'
import { type SocketAnswer, valueOrRefusal } from '../admin/socket-answer.ts'
import { type App, createApp } from '../app.ts'
import { createSystemClock } from '../clock.ts'
import { type DataFolder, holdsData, prepareFolder, tightenFiles } from '../data-folder/folder.ts'
import { folderFailure } from '../data-folder/folder-failure.ts'
import { takeInIncoming } from '../data-folder/incoming.ts'
import { type OwnerLock, takeOwnership } from '../data-folder/lock.ts'
import { refuseLostDatabase } from '../data-folder/lost-database.ts'
import { ownName } from '../data-folder/owner-name.ts'
import { openSecret, SECRET_LOST } from '../data-folder/secret.ts'
import { withShortPath } from '../data-folder/short-path.ts'
import { COMMAND_WAIT_MS, openDatabase } from '../db/open.ts'
import { secretInUse } from '../db/secret-record.ts'
import { AppError } from '../errors.ts'
import { ADDRESS_LIMIT_DEFAULT } from '../limits/limits.ts'
import { logWarning } from '../log.ts'
import { pasteable } from './program.ts'
import { tell } from './terminal.ts'

/** How long a command waits, in ms. */
export type Patience = { forOwner: number; forAnswer: number }

/**
 * A server that is starting takes the folder some 50 ms before it answers; more than 5 s means it hangs. The
 * longest of the operations lists a million keys, in some seconds.
 */
const PATIENCE: Patience = { forOwner: 5000, forAnswer: 30_000 }

const LOCK_WAIT_MS = 100

/**
 * Runs `use` with the admin operations of a data folder: the running server's where there is one, else our
 * own on the database, with the folder locked meanwhile, so that nobody else has part of it in memory.
 * @param orCreate whether to make the folder where nothing was kept yet.
 * @throws NOT_FOUND where there is no data, CONFLICT where another process holds the folder and is silent,
 * UNAVAILABLE where the server does not answer an operation.
 */
export async function withAdmin<T>(
  folder: DataFolder,
  orCreate: boolean,
  use: (admin: Admin) => Promise<T>,
  patience = PATIENCE,
): Promise<T> {
  const owner = await whoseIs(folder, orCreate, patience)
  if (owner === 'server') return withWarning(folder, remoteAdmin(folder, patience.forAnswer), use)
  return onDatabase(folder, owner, (admin) => withWarning(folder, admin, use))
}

/**
 * Finds out which process owns the folder, and takes it where none does. The server's socket is tried before the lock,
 * because somebody may have deleted the lock's file.
 * @param patienceMs how long to wait for a process that holds the folder and does not answer.
 * @returns our lock; `server` where one answers; null out of patience.
 */
export async function lockOrServer(
  folder: DataFolder,
  patienceMs: number,
): Promise<OwnerLock | 'server' | null> {
  const giveUpAt = performance.now() + patienceMs
  do {
    if (await serverAnswers(folder, giveUpAt - performance.now())) return 'server'
    const lock = takeOwnership(folder, LOCK_WAIT_MS)
    if (lock) return lock
  } while (performance.now() < giveUpAt)
  return null
}

/**
 * Asks a running server, and touches nothing where there is none.
 * @returns `down` where nobody listens on the socket, `silent` where somebody does and does not answer.
 * @throws what the server refuses.
 */
export async function askServer<T>(
  folder: DataFolder,
  ask: (admin: ServedAdmin) => Promise<T>,
  answerWithinMs = PATIENCE.forOwner,
): Promise<T | 'down' | 'silent'> {
  if (!existsSync(folder.socket)) return 'down'
  try {
    return await ask(remoteAdmin(folder, answerWithinMs))
  } catch (error) {
    // What the server itself refuses for now is no silence of it, which has a cause.
    if (!(error instanceof AppError && error.cause instanceof Error)) throw error
    return error.cause.name === 'TimeoutError' ? 'silent' : 'down'
  }
}

/** A folder that nobody meant to make is found by its path. */
export function madeFolder({ path }: DataFolder): string {
  return `Made the data folder ${path}`
}

/** Told by every start and every command, as long as the secret is lost. */
export function warnOfLostSecret(folder: DataFolder): void {
  for (const line of SECRET_LOST) logWarning(line)
  logWarning(`backup, or accept the loss with: ${pasteable('keyward admin secret accept', folder)}`)
}

// --- internal ---

async function withWarning<T>(
  folder: DataFolder,
  admin: Admin,
  use: (admin: Admin) => Promise<T>,
): Promise<T> {
  const result = await use(admin)
  if ((await admin.secret.status()).isLost) warnOfLostSecret(folder)
  return result
}

async function whoseIs(
  folder: DataFolder,
  orCreate: boolean,
  patience: Patience,
): Promise<OwnerLock | 'server'> {
  try {
    if (!holdsData(folder)) {
      if (!orCreate) throw new AppError('NOT_FOUND', `there is no Keyward data in ${folder.path}`)
      if (prepareFolder(folder)) tell(madeFolder(folder))
    }
    const owner = await lockOrServer(folder, patience.forOwner)
    if (owner !== null) return owner
  } catch (error) {
    throw folderFailure(error, folder) ?? error
  }
  throw new AppError(
    'CONFLICT',
    `another process uses ${folder.path} and does not answer on its admin socket`,
  )
}

async function onDatabase<T>(
  folder: DataFolder,
  lock: OwnerLock,
  use: (admin: Admin) => Promise<T>,
): Promise<T> {
  try {
    const app = openApp(folder)
    try {
      return await use(app.admin)
    } finally {
      await app.close()
    }
  } catch (error) {
    // An operation's words about the disk are meant for a server, which goes on with what it has in memory.
    const reason = error instanceof AppError ? error.cause : error
    throw folderFailure(reason, folder) ?? error
  } finally {
    lock.release()
  }
}

function openApp(folder: DataFolder): App {
  prepareFolder(folder)
  takeInIncoming(folder)
  refuseLostDatabase(folder)
  const db = openDatabase(folder.database, COMMAND_WAIT_MS)
  try {
    const app = createApp({
      db,
      secret: openSecret(folder, secretInUse(db)),
      clock: createSystemClock(),
      addressLimit: ADDRESS_LIMIT_DEFAULT,
      // A command sends no webhooks: what is due waits for a server.
      egress: { allowPrivate: false, allowHttpLoopback: false },
      sandboxPace: 1,
      proofsFolder: folder.proofs,
      // Decisions on runs wait for a server too, so that nothing is pruned or shown of them here.
      runsFile: folder.runs,
      runHistoryMs: Number.POSITIVE_INFINITY,
      workflowEnv: {},
    })
    tightenFiles(folder)
    // As the last server left them, for what shows them. A command never saves them.
    app.restoreWindows()
    return app
  } catch (error) {
    db.$client.close()
    throw error
  }
}

const UNANSWERED =
  'the server has not answered: whether it did what was asked is not known; look, and ask again'

async function serverAnswers(folder: DataFolder, withinMs: number): Promise<boolean> {
  if (!existsSync(folder.socket)) return false
  return withShortPath(folder.socket, (unix) =>
    fetch('http://keyward/', { unix, signal: AbortSignal.timeout(Math.max(1, withinMs)) }).then(
      () => true,
      () => false,
    ),
  )
}

/** The same operations, carried out by the server. */
function remoteAdmin(folder: DataFolder, answerWithinMs: number): ServedAdmin {
  const headers = { [OPERATOR_HEADER]: encodeURIComponent(ownName()) }

  async function call(operation: string, input: unknown): Promise<never> {
    const body = JSON.stringify(input ?? {})
    const patience = new AbortController()
    const outOfTime = () => patience.abort(new DOMException('no answer in time', 'TimeoutError'))
    const waiting = setTimeout(outOfTime, answerWithinMs)
    let answer: SocketAnswer
    try {
      const { signal } = patience
      const response = await withShortPath(folder.socket, (unix) =>
        fetch(`http://keyward/${operation}`, { unix, method: 'POST', headers, body, signal }),
      )
      if (response.headers.get('content-type') === LINES_TYPE && response.body)
        return valuesOfLines(response.body) as never
      answer = (await response.json()) as SocketAnswer
    } catch (error) {
      throw new AppError('UNAVAILABLE', UNANSWERED, [], { cause: error })
    } finally {
      clearTimeout(waiting)
    }
    return valueOrRefusal(answer) as never
  }
  const operationsOf = (noun: string) =>
    new Proxy({}, { get: (_, verb) => (input?: unknown) => call(`${noun}.${String(verb)}`, input) })
  return new Proxy({}, { get: (_, noun) => operationsOf(String(noun)) }) as ServedAdmin
}
