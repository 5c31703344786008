import { lookup } from 'node:dns/promises'

/**
 * Why nobody can listen on a host. Of a name without an address Bun (1.4.5) tells whatever the last call of the system that failed had
 * told: EINVAL, EADDRINUSE, and so on. So the name is looked up.
 * @returns a code of Node's, ENOTFOUND for such a name; null where the error is not of listening
 */
export async function listenErrorCode(error: unknown, host: string): Promise<string | null> {
  if (!isOfListening(error)) return null
  const hasAddress = await lookup(host).then(
    () => true,
    () => false,
  )
  return hasAddress ? error.code : 'ENOTFOUND'
}

// --- internal ---

/** On a host: those of a socket in the file system name its path. */
function isOfListening(error: unknown): error is Error & { code: string } {
  return (
    error instanceof Error &&
    'code' in error &&
    'syscall' in error &&
    error.syscall === 'listen' &&
    !('path' in error)
  )
}
