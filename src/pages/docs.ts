import swaggerStyle from 'swagger-ui-dist/swagger-ui.css' with { type: 'file' }
import swaggerScript from 'swagger-ui-dist/swagger-ui-bundle.js' with { type: 'file' }
import { lazily } from '../lib/lazily.ts'
import pageScript from './docs-page.js' with { type: 'file' }
import pageStyle from './page.css' with { type: 'file' }
import { PAGE_HEADERS, pageResponse } from './page.ts'
import { answerServedFile, servedFile } from './served-file.ts'

/** The APIs' documents as a page (Swagger UI), which asks this server and nobody else. */
export function answerDocs(): Response {
  return pageResponse({
    title: 'Keyward API',
    head: `<link rel="stylesheet" href="/docs/swagger-ui.css">
    <script defer src="/docs/swagger-ui.js"></script>
    <script type="module" src="/docs/page.js"></script>`,
    links: [
      { href: '/docs', text: 'All' },
      { href: '/docs?api=workflows', text: 'Workflows' },
      { href: '/docs?api=workfunder', text: 'WorkFunder' },
      { href: '/docs?api=portal', text: 'Portal' },
    ],
    main: `<main id="document"><p class="note">Loading the document …</p></main>
    <noscript><p class="note">This page needs JavaScript. The document itself is <a href="/openapi.json">/openapi.json</a>.</p></noscript>`,
  })
}

/** @returns what pages are made of, by its name under /docs/; null where there is no such file. */
export async function answerDocsFile(name: string, request: Request): Promise<Response | null> {
  const file = await FILES.get(name)?.()
  return file ? answerServedFile(file, request, PAGE_HEADERS) : null
}

// --- internal ---

/** Files inside the executable, which are read when they are first asked for. */
const FILES = new Map([
  ['page.js', lazily(() => servedFile(Bun.file(pageScript), 'text/javascript'))],
  ['page.css', lazily(() => servedFile(Bun.file(pageStyle), 'text/css'))],
  ['swagger-ui.js', lazily(() => servedFile(Bun.file(swaggerScript), 'text/javascript'))],
  ['swagger-ui.css', lazily(() => servedFile(Bun.file(swaggerStyle), 'text/css'))],
])
