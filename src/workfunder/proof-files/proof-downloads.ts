import { open } from 'node:fs/promises'
import { GUARD_HEADERS } from '../../http/json-response.ts'
import { logNotice } from '../../log.ts'
import type { Proof } from '../tasks/task.ts'
import type { ProofFiles } from './proof-files.ts'
import { PROOF_FILES_PATH, type ProofUrls } from './proof-urls.ts'

export type ProofDownloads = ReturnType<typeof createProofDownloads>

/** Hands out the files of proofs, to whoever has an address that was given out for one. */
export function createProofDownloads({ files, urls }: { files: ProofFiles; urls: ProofUrls }) {
  return {
    /** Where they are served, as Elysia writes it. */
    path: `${PROOF_FILES_PATH}/:name` as const,

    /**
     * @param baseUrl the server's own, without a slash at the end
     * @returns where the proof's file can be fetched for an hour; null where there is none.
     */
    urlOf(proof: Pick<Proof, 'fileName'>, baseUrl: string): string | null {
      const path = urls.pathOf(proof)
      return path && baseUrl + path
    },

    /**
     * @returns the file, where this address was given out less than an hour ago; null for any other address; `unreadable` where the
     * operator's system does not let us read it.
     */
    async answer(name: string, { url }: Request): Promise<Response | 'unreadable' | null> {
      const query = new URL(url).searchParams
      const file = files.find(name)
      const isGood = file && urls.isGood(name, query.get('expires'), query.get('signature'))
      if (!isGood || !(await file.exists())) return null
      if (!(await isReadable(file))) return 'unreadable'
      return new Response(file, { headers: { ...GUARD_HEADERS, 'Cache-Control': 'private, no-store' } })
    },
  }
}

// --- internal ---

/** Bun opens the file of an answer when nobody is left who could say in the form of an API that it cannot be opened. */
async function isReadable({ name = '' }: Bun.BunFile): Promise<boolean> {
  try {
    const file = await open(name)
    await file.close()
    return true
  } catch (error) {
    logNotice(`a proof that was asked for cannot be read: ${error instanceof Error ? error.message : error}`)
    return false
  }
}
