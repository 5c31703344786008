import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'

/** A socket's path may have 104 bytes on macOS and 108 on Linux, its final zero included. */
const SOCKET_PATH_BYTES_MAX = 103

/**
 * Calls `use` with a path to the socket that the operating system takes: its own, or, where that is too
 * long, one through a symbolic link that lives as long as the call.
 */
export async function withShortPath<T>(
  socketPath: string,
  use: (path: string) => T | Promise<T>,
): Promise<T> {
  if (Buffer.byteLength(socketPath) <= SOCKET_PATH_BYTES_MAX) return use(socketPath)
  const shortcut = mkdtempSync(join(tmpdir(), 'keyward-'))
  try {
    const link = join(shortcut, 'data')
    symlinkSync(dirname(socketPath), link)
    return await use(join(link, basename(socketPath)))
  } finally {
    rmSync(shortcut, { recursive: true, force: true })
  }
}
