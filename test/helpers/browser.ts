import { describe } from 'bun:test'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { lazily } from '../../src/lib/lazily.ts'
import { afterTest } from './after-test.ts'

/** Debian's (.ci/run). */
const executablePath = Bun.which('chromium') ?? Bun.which('google-chrome')

/** Tests that need a browser; where there is none they are skipped, the report counts them, and their title says why. */
export function describeInBrowser(title: string, tests: () => void): void {
  if (executablePath === null) describe.skip(`${title} (skipped: no chromium is installed)`, tests)
  else describe(title, tests)
}

/** A browser on a busy machine takes its time; nothing depends on it. */
export const BROWSER_PATIENCE_MS = 180_000

/** One for all tests of a process; it ends with it. */
const browser: () => Promise<Browser> = lazily(() =>
  chromium.launch({ executablePath: executablePath ?? '', timeout: BROWSER_PATIENCE_MS }),
)

export type OpenPage = {
  page: Page
  /** The addresses that it asked for. */
  asked: string[]
  /** What its policy or a script complains of. */
  complaints: string[]
}

/** A page with cookies of its own, which closes with the test. */
export async function newPage(options: BrowserContextOptions = {}): Promise<OpenPage> {
  const context = await (await browser()).newContext({ viewport: { width: 1280, height: 900 }, ...options })
  afterTest(() => context.close())
  context.setDefaultTimeout(BROWSER_PATIENCE_MS)
  const page = await context.newPage()
  const asked: string[] = []
  const complaints: string[] = []
  page.on('request', (request) => asked.push(request.url()))
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(String(error)))
  return { page, asked, complaints }
}
