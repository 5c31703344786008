import { lstatSync, rmSync } from 'node:fs'
import { type Actor, operator } from '../audit/actor.ts'
import type { DataFolder } from '../data-folder/folder.ts'
import { withShortPath } from '../data-folder/short-path.ts'
import type { OnDisk } from '../db/on-disk.ts'
import { AppError } from '../errors.ts'
import { logWarning } from '../log.ts'
import type { ServedAdmin } from './admin.ts'
import { answerLines } from './answer-lines.ts'
import { operationNamed, outcomeOf } from './operation.ts'
import type { SocketAnswer } from './socket-answer.ts'

/** The header in which a command says who runs it, percent-encoded. */
export const OPERATOR_HEADER = 'keyward-operator'

export type SocketParts = {
  adminFor: (actor: Actor) => ServedAdmin
  /** What an operation has stored is on disk before it is answered. */
  onDisk: OnDisk
  /** Carries an operation out, at once or later; left out: at once. @param name as in keys.revoke */
  pass?: (name: string, operate: () => Promise<unknown>) => Promise<unknown>
}

export type AdminSocket = {
  /** Ends the answers that go on for as long as somebody reads them: what they tell of is no more. */
  endStreams(): void
  /** For somebody who has tidied up: without the socket no key can be revoked. Call it while the folder is ours. */
  renewIfGone(): Promise<void>
  /** A call that is under way ends first. */
  stop(): Promise<void>
}

/**
 * Serves the admin operations on admin.sock: POST /keys.revoke and the like with the input as JSON. Who may open the
 * socket is its owner alone (mode 0600 in a folder of mode 0700), so there is no other check. Only the
 * process that owns the folder calls this, so a socket that is already there is a dead server's.
 */
export async function serveAdmin(folder: DataFolder, parts: SocketParts): Promise<AdminSocket> {
  const underWay = new Set<Promise<Response>>()
  let streaming = new AbortController()
  function serve(request: Request): Promise<Response> {
    const call = answer(parts, request)
      .then((outcome) =>
        'value' in outcome && outcome.value instanceof ReadableStream
          ? answerLines(outcome.value, streaming.signal)
          : Response.json(outcome),
      )
      .finally(() => underWay.delete(call))
    underWay.add(call)
    return call
  }
  let server = await listen(folder, serve)
  let renewal: Promise<void> | null = null

  async function renew(): Promise<void> {
    void server.stop()
    server = await listen(folder, serve)
    logWarning(`${folder.socket} was deleted or replaced, and has been made anew`)
  }

  return {
    endStreams() {
      streaming.abort()
      streaming = new AbortController()
    },

    async renewIfGone() {
      if (renewal !== null || isSocket(folder.socket)) return
      renewal = renew().finally(() => {
        renewal = null
      })
      await renewal
    },

    async stop() {
      streaming.abort()
      await renewal?.catch(() => {})
      const drained = server.stop()
      // A connection may stay open without a call.
      await Promise.race([drained, Promise.allSettled(underWay).then(afterAnswers), outOfTime()])
      await server.stop(true)
      rmSync(folder.socket, { force: true })
    },
  }
}

// --- internal ---

/** How long calls that are under way have to end, when the server stops. */
const GRACE_MS = 5000

/** Longer than any command waits for an answer; Bun's own 10 s would cut a long call. */
const IDLE_SECONDS = 90

/** @throws CONFLICT that says why there can be no socket. */
async function listen(folder: DataFolder, serve: (request: Request) => Promise<Response>) {
  try {
    rmSync(folder.socket, { force: true })
    return await withShortPath(folder.socket, (unix) =>
      Bun.serve({
        unix,
        fetch(request, server) {
          server.timeout(request, IDLE_SECONDS)
          return serve(request)
        },
      }),
    )
  } catch (error) {
    if (error instanceof AppError) throw error
    const isFolder = lstatSync(folder.socket, { throwIfNoEntry: false })?.isDirectory()
    const reason = isFolder ? 'a folder has its name; remove it' : String(error)
    throw new AppError('CONFLICT', `${folder.socket} cannot be made: ${reason}`, [], { cause: error })
  }
}

function isSocket(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSocket() ?? false
}

/** An answer is written out after its promise is settled. */
function afterAnswers(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

function outOfTime(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, GRACE_MS).unref())
}

const atOnce: NonNullable<SocketParts['pass']> = (_, operate) => operate()

function answer({ adminFor, onDisk, pass = atOnce }: SocketParts, request: Request): Promise<SocketAnswer> {
  const name = new URL(request.url).pathname.slice(1)
  const operate = async () => {
    const operation = operationNamed(adminFor(operatorOf(request)), name)
    if (!operation) throw new AppError('NOT_FOUND', `this server has no operation ${name}`)
    // The other end of the socket is our own command line, of this same version or a near one; what it
    // sends is checked by the operation.
    return operation((await request.json()) as never)
  }
  return outcomeOf(name, () => pass(name, operate), onDisk)
}

/** Whoever may open the socket is the owner of the data, so the name is taken for what it says. */
function operatorOf(request: Request): Actor {
  const sent = request.headers.get(OPERATOR_HEADER) ?? ''
  try {
    return operator(decodeURIComponent(sent), 'socket')
  } catch {
    return operator('', 'socket')
  }
}
