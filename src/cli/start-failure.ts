import ipaddr from 'ipaddr.js'
import type { ServeConfig } from '../config.ts'
import type { DataFolder } from '../data-folder/folder.ts'
import { folderFailure } from '../data-folder/folder-failure.ts'
import { AppError } from '../errors.ts'
import { listenErrorCode } from '../lib/listen-error.ts'

/**
 * Says what kept the server from starting, and what to do. @returns the error itself where an operator
 * cannot mend it.
 */
export async function startFailure(
  error: unknown,
  config: ServeConfig,
  folder: DataFolder,
): Promise<unknown> {
  const message = await listenFailure(error, config)
  if (message !== null) return new AppError('CONFLICT', message, [], { cause: error })
  return folderFailure(error, folder) ?? error
}

// --- internal ---

async function listenFailure(error: unknown, { host, port }: ServeConfig): Promise<string | null> {
  const code = await listenErrorCode(error, host)
  switch (code) {
    case 'EADDRINUSE':
      return `port ${port} on ${host} is in use; stop what uses it, or choose another with --port`
    case 'EINVAL':
      if (!ipaddr.IPv6.isValid(host)) return notOurs(host)
      return `${host} is an address that needs a network interface; --host must name an address that is complete without`
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return notOurs(host)
    case 'EACCES':
    case 'EPERM':
      return `port ${port} on ${host} may not be used by this user (${code})`
    default:
      return null
  }
}

function notOurs(host: string): string {
  return `${host} is no address of this machine; --host must name one`
}
