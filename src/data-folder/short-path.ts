import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { AppError } from '../errors.ts'

/** A socket's path may have 104 bytes on macOS and 108 on Linux, its final zero included. */
const SOCKET_PATH_BYTES_MAX = 103

/**
 * Calls `use` with a path to the socket that the operating system takes: its own, or, where that is too
 * long, one through a symbolic link that lives as long as the call.
 * @throws CONFLICT where the link cannot be made.
 */
export async function withShortPath<T>(
  socketPath: string,
  use: (path: string) => T | Promise<T>,
): Promise<T> {
  if (Buffer.byteLength(socketPath) <= SOCKET_PATH_BYTES_MAX) return use(socketPath)
  const shortcut = makeShortcut(socketPath)
  try {
    return await use(join(shortcut, LINK, basename(socketPath)))
  } finally {
    rmSync(shortcut, { recursive: true, force: true })
  }
}

// --- internal ---

const LINK = 'data'

function makeShortcut(socketPath: string): string {
  try {
    const shortcut = mkdtempSync(join(tmpdir(), 'keyward-'))
    symlinkSync(dirname(socketPath), join(shortcut, LINK))
    return shortcut
  } catch (error) {
    throw new AppError(
      'CONFLICT',
      `${socketPath} is too long for a socket, and a shortcut to it cannot be made in ${tmpdir()}; choose a shorter --data, or set TMPDIR to a folder that can be written to`,
      [],
      { cause: error },
    )
  }
}
