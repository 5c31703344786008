import type { DescribedApi } from './described-api.ts'
import { type About, documentOf } from './document.ts'

export type Documents = ReturnType<typeof createDocuments>

/**
 * The documents of the APIs, each written when it is first asked for.
 * @param about asked for when the first one is, because a server knows its address only once it listens
 */
export function createDocuments(apis: readonly DescribedApi[], about: () => About) {
  const written = new Map<string, Promise<string>>()
  const names = [...new Set(apis.map(({ document }) => document))]

  async function write(name: string | null): Promise<string> {
    const shown = name === null ? apis : apis.filter(({ document }) => document === name)
    return JSON.stringify(await documentOf(shown, about()))
  }

  return {
    names,

    /** @returns the JSON of the document of this name, or of all APIs where it is null; null where there is none. */
    async document(name: string | null): Promise<string | null> {
      if (name !== null && !names.includes(name)) return null
      const text = written.get(name ?? '') ?? write(name)
      written.set(name ?? '', text)
      return text
    },
  }
}
