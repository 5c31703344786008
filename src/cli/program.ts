import { dirname, join, relative, resolve } from 'node:path'
import { dataSetting } from '../config.ts'
import type { DataFolder } from '../data-folder/folder.ts'
import { shellQuoted } from '../lib/shell-quoted.ts'

/**
 * A command that can be pasted into the shell that called us.
 * @param line calls Keyward `keyward`, which is put as the caller must type it.
 * @param folder gets its --data, unless a command finds it without.
 */
export function pasteable(line: string, folder?: DataFolder): string {
  const command = line.replaceAll(/(^|[$<]\()keyward(?= |$)/g, (_, before: string) => before + program())
  if (!folder || folder.path === resolve(dataSetting({}))) return command
  return `${command} --data ${shellQuoted(folder.path)}`
}

/** How Keyward is called here: keyward, ./dist/keyward, or through npm or Bun from source. */
export function program(): string {
  // The name as it was typed; Bun's own from source.
  if (Bun.isStandaloneExecutable) return shellQuoted(process.argv0)
  const root = dirname(dirname(Bun.main))
  if (process.cwd() === root) return 'npm run -s keyward --'
  const bun = Bun.which('bun') === null ? process.execPath : 'bun'
  return `${shellQuoted(bun)} ${shellQuoted(nearer(join(root, 'src/main.ts')))}`
}

/** How Keyward is called from any folder: by scripts that are kept, as those for completions are. */
export function absoluteProgram(): string {
  if (!Bun.isStandaloneExecutable) return `${shellQuoted(process.execPath)} ${shellQuoted(Bun.main)}`
  return process.argv0.includes('/') ? shellQuoted(process.execPath) : process.argv0
}

/** Where the executable stands; null where Keyward runs from source. */
export function executablePath(): string | null {
  return Bun.isStandaloneExecutable ? process.execPath : null
}

// --- internal ---

function nearer(path: string): string {
  const fromHere = relative(process.cwd(), path)
  return fromHere.length < path.length ? fromHere : path
}
