import { isLoopback, type ServeConfig } from '../config.ts'
import type { Server } from '../server.ts'

/** Below this many files, clients that keep their connections open may use them all up. */
const FILES_FEW = 1024

/** What an operator is to know of a server that has started, in lines. */
export function startNotes(
  { host, publicUrl }: Pick<ServeConfig, 'host' | 'publicUrl'>,
  { url, filesMax }: Pick<Server, 'url' | 'filesMax'>,
): string[] {
  const notes: string[] = []
  if (!isLoopback(host) && !publicUrl?.startsWith('https:')) {
    notes.push(
      `warning: ${host} can be reached from other machines, and keys come there unencrypted. Put a proxy with TLS`,
      'warning: in front, and tell its address with --public-url https://…',
    )
    if (publicUrl === null) notes.push(`warning: Until then the addresses of proofs begin with ${url}.`)
  }
  if (filesMax !== null && filesMax < FILES_FEW) {
    notes.push(
      `note: no new connections are taken while ${filesMax} files are open; ulimit -n allows for more of them.`,
    )
  }
  return notes
}
