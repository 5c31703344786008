import { describe } from 'bun:test'
import { type Browser, chromium, type Page, type ViewportSize } from 'playwright-core'
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

/** A page that takes longer to leave what it shows is not used again. */
const CLEARED_WITHIN_MS = 10_000

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

/** What a test asks of its page; all else is the browser's own. */
type Looks = { viewport?: ViewportSize; colorScheme?: 'light' | 'dark' }

/** Pages that no test holds: to make one with its own cookies takes as long as many a test with it. */
const idle: Page[] = []

/**
 * A page with cookies of its own, as if it were new: what the test before it left is gone, and each test's server has
 * another origin. Two that a test holds at once share nothing.
 */
export async function newPage({
  viewport = { width: 1280, height: 900 },
  colorScheme = 'light',
}: Looks = {}): Promise<OpenPage> {
  const page = idle.pop() ?? (await madePage())
  afterTest(() => cleared(page))
  await page.setViewportSize(viewport)
  await page.emulateMedia({ colorScheme })
  const asked: string[] = []
  const complaints: string[] = []
  page.on('request', (request) => asked.push(request.url()))
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(String(error)))
  return { page, asked, complaints }
}

// --- internal ---

async function madePage(): Promise<Page> {
  const context = await (await browser()).newContext()
  context.setDefaultTimeout(BROWSER_PATIENCE_MS)
  return context.newPage()
}

/** Leaves it for the next test, or closes it where it does not answer any more. */
async function cleared(page: Page): Promise<void> {
  const context = page.context()
  try {
    await page.unrouteAll()
    await page.removeAllListeners()
    await page.goto('about:blank', { timeout: CLEARED_WITHIN_MS })
    await context.clearCookies()
    idle.push(page)
  } catch {
    await context.close()
  }
}
