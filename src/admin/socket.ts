import { rmSync } from 'node:fs'
import type { DataFolder } from '../data-folder/folder.ts'
import { withShortPath } from '../data-folder/short-path.ts'
import { AppError } from '../errors.ts'
import { logFailure } from '../log.ts'
import type { Admin } from './operations.ts'

/** What comes back over the socket: the operation's value, or its refusal. */
export type SocketAnswer =
  | { value: unknown }
  | { error: Pick<AppError, 'code' | 'message' | 'problems'> }
  | { broken: true }

/**
 * Serves the admin operations on admin.sock: POST /<operation> with the input as JSON. Who may open the
 * socket is its owner alone (mode 0600 in a folder of mode 0700), so there is no other check. Only the
 * process that owns the folder calls this, so a socket that is already there is a dead server's.
 * @returns how to stop; a call that is under way ends first.
 */
export async function serveAdmin(folder: DataFolder, admin: Admin): Promise<() => Promise<void>> {
  rmSync(folder.socket, { force: true })
  const server = await withShortPath(folder.socket, (unix) =>
    Bun.serve({ unix, fetch: async (request) => Response.json(await answer(admin, request)) }),
  )
  return async () => {
    await server.stop()
    rmSync(folder.socket, { force: true })
  }
}

// --- internal ---

async function answer(admin: Admin, request: Request): Promise<SocketAnswer> {
  const name = new URL(request.url).pathname.slice(1)
  try {
    if (!isOperation(admin, name)) throw new AppError('NOT_FOUND', `this server has no operation ${name}`)
    // The other end of the socket is our own command line, of this same version or a near one; what it
    // sends is checked by the operation.
    const operation: (input: never) => Promise<unknown> = admin[name]
    return { value: await operation((await request.json()) as never) }
  } catch (error) {
    if (error instanceof AppError) {
      return { error: { code: error.code, message: error.message, problems: error.problems } }
    }
    logFailure(`the admin operation ${name}`, error)
    return { broken: true }
  }
}

function isOperation(admin: Admin, name: string): name is keyof Admin {
  return Object.hasOwn(admin, name)
}
