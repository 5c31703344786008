import { existsSync } from 'node:fs'
import { join } from 'node:path'

/** A folder with its own lock file, so that nobody who only uses Keyward ever installs a peer. */
export const PEERS = join(import.meta.dir, 'peers')

/** Installs the peers' packages where they are missing. @returns null, or why it could not be done. */
export async function installPeers(progress: (text: string) => void): Promise<string | null> {
  if (existsSync(join(PEERS, 'node_modules'))) return null
  progress('installing the peers (bun install in test/bench/peers)')
  const install = Bun.spawn([process.execPath, 'install', '--frozen-lockfile'], {
    cwd: PEERS,
    stdout: 'ignore',
    stderr: 'pipe',
  })
  const output = await new Response(install.stderr).text()
  if ((await install.exited) === 0) return null
  return `bun install in test/bench/peers failed: ${output.trim().split('\n').at(-1)}`
}

/** Runs one of the peers' programs to its end. @returns what it prints. */
export async function runPeerProgram(file: string, input: string): Promise<string> {
  const child = Bun.spawn([process.execPath, join(PEERS, file)], {
    cwd: PEERS,
    stdin: new Blob([input]),
    stdout: 'pipe',
    stderr: 'pipe',
  })
  const [output, errors] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ])
  if ((await child.exited) !== 0) throw new Error(`${file} failed: ${errors}`)
  return output
}
