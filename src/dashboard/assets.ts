import { basename } from 'node:path'
import { lazily } from '../lib/lazily.ts'
import { type ServedFile, servedFile } from '../pages/served-file.ts'
import page from './page/index.html'

/** What the page is made of. */
export type Assets = {
  /** The page itself, whose parts stand under ASSETS_PATH. */
  index: ServedFile
  /** By name, which has the hash of the content in it. */
  files: ReadonlyMap<string, ServedFile>
}

export const ASSETS_PATH = '/dashboard/assets/'

/**
 * The page, made when it is first asked for: the executable has its parts inside; from source it is built in memory.
 * @throws AggregateError, from source, with what the bundler found wrong
 */
export const assets: () => Promise<Assets> = lazily(async () => {
  const parts = await (page.files ? embedded(page.files) : built(page.index))
  const files = new Map<string, ServedFile>()
  for (const { name, text } of parts) files.set(name, await servedFile(new Blob([text]), typeOf(name)))
  const index = [...files].find(([name]) => name.endsWith('.html'))
  if (!index) throw new Error('the dashboard has no page')
  files.delete(index[0])
  return { index: index[1], files }
})

// --- internal ---

type Part = { name: string; text: string }

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html',
  js: 'text/javascript',
  css: 'text/css',
}

function typeOf(name: string): string {
  return TYPES[name.split('.').at(-1) ?? ''] ?? 'application/octet-stream'
}

/** Whatever the build is told, the parts of an executable name each other by paths from the root. */
async function embedded(files: readonly { path: string }[]): Promise<Part[]> {
  return Promise.all(
    files.map(async ({ path }) => ({
      name: basename(path),
      text: (await Bun.file(path).text()).replaceAll(/(["'`])\/(chunk-)/g, `$1${ASSETS_PATH}$2`),
    })),
  )
}

async function built(index: string): Promise<Part[]> {
  const { outputs } = await Bun.build({
    entrypoints: [index],
    minify: true,
    splitting: true,
    publicPath: ASSETS_PATH,
    naming: { entry: '[hash].[ext]', chunk: '[hash].[ext]', asset: '[hash].[ext]' },
  })
  return Promise.all(outputs.map(async (part) => ({ name: basename(part.path), text: await part.text() })))
}
