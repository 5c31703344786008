import type { ServedAdmin } from '../admin/admin.ts'
import type { ServerStatus } from '../admin/server.ts'
import type { DataFolder } from '../data-folder/folder.ts'
import type { Dev } from '../dev/dev.ts'
import { AppError } from '../errors.ts'
import { withServer } from './with-server.ts'

/** In ms: longer than the server lets one advance of its clock take. */
const ANSWER_WITHIN_MS = 60_000

/**
 * Runs `use` with what a developer may do with the running server.
 * @throws NoServer where none answers, CONFLICT where it does not run under --dev, and what `use` throws
 */
export async function withDev<T>(folder: DataFolder, use: (dev: Dev) => Promise<T>): Promise<T> {
  async function ask(admin: ServedAdmin) {
    const status = await admin.server.status()
    if (!offersDev(admin, status)) throw new AppError('CONFLICT', 'the server does not run under --dev')
    return use(admin)
  }
  return withServer(folder, ask, ANSWER_WITHIN_MS)
}

// --- internal ---

function offersDev(admin: ServedAdmin, { dev }: ServerStatus): admin is ServedAdmin & Dev {
  return dev && admin.clock !== undefined && admin.data !== undefined
}
