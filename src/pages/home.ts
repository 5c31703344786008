import type { Reply } from '../http/endpoint.ts'
import { shellQuoted } from '../lib/shell-quoted.ts'
import { pageResponse } from './page.ts'

/** What is told at /. */
export type Home = {
  version: string
  /** Where the server is found, without a slash at the end. */
  url: string
  /** The file with the ready-made keys, under --dev; null: there is none. */
  keysFile: string | null
}

/** What this server is and where everything is: a page for a person, JSON for a program. */
export function answerHome(request: Request, home: Home): Reply | Response {
  const isPerson = request.headers.get('accept')?.includes('text/html') === true
  if (!isPerson) return { status: 200, body: homeJson(home), headers: { Vary: 'Accept' } }
  const page = homePage(home)
  page.headers.set('Vary', 'Accept')
  return page
}

// --- internal ---

function homeJson({ version, url }: Home) {
  return {
    name: 'Keyward',
    version,
    apis: {
      workflows: `${url}/api/v1`,
      workfunder: `${url}/v1`,
      portal: `${url}/portal`,
      webhooks: `${url}/webhooks`,
    },
    openapi: `${url}/openapi.json`,
    docs: `${url}/docs`,
    health: { live: `${url}/livez`, ready: `${url}/readyz` },
  }
}

function homePage({ version, url, keysFile }: Home): Response {
  const base = Bun.escapeHTML(url)
  const main = `<main class="home">
      <h1>Keyward ${version}</h1>
      <p>This server issues, checks, limits and revokes API keys, and speaks two vendors’ APIs with them.</p>
      <dl>
        <dt>JustPaid Workflows</dt>
        <dd><code>${base}/api/v1</code>, with a key in <code>x-api-key</code>. <a href="/docs?api=workflows">Documentation</a></dd>
        <dt>WorkFunder</dt>
        <dd><code>${base}/v1</code>, with a key in <code>Authorization: Bearer</code>. <a href="/docs?api=workfunder">Documentation</a></dd>
        <dt>WorkFunder’s portal for workers</dt>
        <dd><code>${base}/portal</code>, with a worker’s key. <a href="/docs?api=portal">Documentation</a></dd>
        <dt>For tools</dt>
        <dd><a href="/openapi.json">/openapi.json</a> describes all of it; <a href="/livez">/livez</a> and <a href="/readyz">/readyz</a> tell the server’s health.</dd>
      </dl>
      ${keysFile === null ? HOW_TO_MAKE_A_KEY : readyKeys(base, keysFile)}
    </main>`
  return pageResponse({ title: 'Keyward', links: [{ href: '/docs', text: 'Documentation' }], main })
}

const HOW_TO_MAKE_A_KEY = `<h2>A key</h2>
      <p>Keys are made on the server’s own machine:</p>
      <pre>keyward admin keys create --api workflows --name "My first key"</pre>`

function readyKeys(base: string, keysFile: string): string {
  return `<h2>Your keys</h2>
      <p>The server runs with <code>--dev</code>: its ready-made keys are in <code>${Bun.escapeHTML(keysFile)}</code>.</p>
      <pre>source ${Bun.escapeHTML(shellQuoted(keysFile))}
curl -H "x-api-key: $WORKFLOWS_API_KEY" ${base}/api/v1/workflows
curl -H "Authorization: Bearer $WORKFUNDER_API_KEY" ${base}/v1/account</pre>`
}
