import { mkdir, open, rm } from 'node:fs/promises'
import { join } from 'node:path'

/** The photos that workers hand in, one file each in a folder of their own. */
export type ProofFiles = {
  /** @returns the name of a new file with these bytes, on disk and readable by its owner alone. */
  save(bytes: Uint8Array, extension: 'jpg' | 'png'): Promise<string>
  /** @returns the file, or null for a name that `save` never gives; whether it exists is for the reader to see. */
  find(name: string): Bun.BunFile | null
  remove(name: string): Promise<void>
}

/** @param folder made with the first file. */
export function createProofFiles(folder: string): ProofFiles {
  return {
    async save(bytes, extension) {
      const name = `${crypto.getRandomValues(Buffer.alloc(16)).toString('hex')}.${extension}`
      await mkdir(folder, { recursive: true, mode: 0o700 })
      const file = await open(join(folder, name), 'wx', 0o600)
      try {
        await file.writeFile(bytes)
        // Before the database tells of it.
        await file.sync()
      } finally {
        await file.close()
      }
      return name
    },
    find: (name) => (NAME.test(name) ? Bun.file(join(folder, name)) : null),
    remove: (name) => rm(join(folder, name), { force: true }),
  }
}

// --- internal ---

/** Random, so that nothing a client calls its file ever becomes part of a path. */
const NAME = /^[0-9a-f]{32}\.(?:jpg|png)$/
