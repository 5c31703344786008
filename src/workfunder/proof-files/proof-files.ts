import { type FileHandle, mkdir, open, opendir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { isProofName } from '../../data-folder/proof-name.ts'
import { storageTrouble } from '../../lib/storage-trouble.ts'
import { logFailure } from '../../log.ts'

/** The photos that workers hand in, one file each in a folder of their own. */
export type ProofFiles = {
  /**
   * Keeps a new file with these bytes, on disk and readable by its owner alone, and gives its name to `record`.
   * Where that fails the file goes again; that of a process which dies between the two is a stray.
   */
  keep<T>(bytes: Uint8Array, extension: 'jpg' | 'png', record: (name: string) => T | Promise<T>): Promise<T>
  /** @returns the file, or null for a name that `keep` never gives; whether it exists is for the reader to see. */
  find(name: string): Bun.BunFile | null
  /** Removes the files that `isKnown` knows nothing of, except those that are just being recorded. */
  removeStrays(isKnown: (name: string) => boolean): Promise<void>
}

/** @param folder made with the first file. */
export function createProofFiles(folder: string): ProofFiles {
  /** From before the file is there until it is recorded or gone. */
  const unrecorded = new Set<string>()

  async function make(name: string): Promise<FileHandle> {
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      return await open(join(folder, name), 'wx', 0o600)
    } catch (error) {
      if (storageTrouble(error)) throw error
      // The folder is ours and the name is new, so this is no defect: a file or a link has the folder's name, say.
      throw Object.assign(new Error(`${folder} cannot be written to`, { cause: error }), { code: 'EROFS' })
    }
  }

  async function write(file: FileHandle, bytes: Uint8Array): Promise<void> {
    try {
      await file.writeFile(bytes)
      // Before the database tells of it.
      await file.sync()
    } finally {
      await file.close()
    }
  }

  return {
    async keep(bytes, extension, record) {
      const name = `${crypto.getRandomValues(Buffer.alloc(16)).toString('hex')}.${extension}`
      unrecorded.add(name)
      try {
        const file = await make(name)
        try {
          await write(file, bytes)
          return await record(name)
        } catch (error) {
          // What failed first is what the caller is told; a file that stays is a stray.
          await rm(join(folder, name), { force: true }).catch((left) => logFailure('a proof file', left))
          throw error
        }
      } finally {
        unrecorded.delete(name)
      }
    },
    find: (name) => (isProofName(name) ? Bun.file(join(folder, name)) : null),
    async removeStrays(isKnown) {
      for await (const name of namesIn(folder)) {
        if (!unrecorded.has(name) && !isKnown(name)) await rm(join(folder, name), { force: true })
      }
    },
  }
}

// --- internal ---

/** Without a folder there are no files. */
async function* namesIn(folder: string): AsyncGenerator<string> {
  const entries = await opendir(folder).catch((error) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
  for await (const { name } of entries ?? []) if (isProofName(name)) yield name
}
