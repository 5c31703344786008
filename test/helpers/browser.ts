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

/** One for all tests of a process; it ends with it. A short life repays no optimized scripts. */
const browser: () => Promise<Browser> = lazily(() =>
  chromium.launch({
    executablePath: executablePath ?? '',
    args: ['--js-flags=--no-opt,--no-maglev'],
    timeout: BROWSER_PATIENCE_MS,
  }),
)

export type OpenPage = {
  page: Page
  /** The addresses that it asked for. */
  asked: string[]
  /** What its policy or a script complains of. */
  complaints: string[]
}

/** What a test asks of its page; all else is the browser's own. */
type Looks = {
  viewport?: ViewportSize
  /** Where widths are measured or the page is looked at. Else it is drawn with a sixteenth of its pixels, which nobody sees. */
  isSharp?: boolean
}

const SCALE = { sharp: 1, coarse: 0.25 }

/** Pages that no test holds: to make one with its own cookies takes as long as many a test with it. */
const idle: Record<keyof typeof SCALE, Page[]> = { sharp: [], coarse: [] }

/**
 * A page with cookies of its own, as if it were new: what the test before it left is gone, and each test's server has
 * another origin. Two that a test holds at once share nothing.
 */
export async function newPage({
  viewport = { width: 1280, height: 900 },
  isSharp = false,
}: Looks = {}): Promise<OpenPage> {
  const scale = isSharp ? 'sharp' : 'coarse'
  const page = idle[scale].pop() ?? (await madePage(SCALE[scale]))
  afterTest(async () => {
    if (!hasAnotherTime.has(page) && (await isCleared(page))) idle[scale].push(page)
    else await page.context().close()
  })
  await page.setViewportSize(viewport)
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' })
  const asked: string[] = []
  const complaints: string[] = []
  page.on('request', (request) => asked.push(request.url()))
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(String(error)))
  return { page, asked, complaints }
}

/** What the page takes for now, from then on. Its own clock does not come back, so no other test has this page. */
export async function setPageTime(page: Page, ms: number): Promise<void> {
  hasAnotherTime.add(page)
  await page.clock.setFixedTime(ms)
}

// --- internal ---

const hasAnotherTime = new WeakSet<Page>()

async function madePage(deviceScaleFactor: number): Promise<Page> {
  const context = await (await browser()).newContext({ deviceScaleFactor })
  context.setDefaultTimeout(BROWSER_PATIENCE_MS)
  return context.newPage()
}

/** Whether nothing is left of what it showed, in time. */
async function isCleared(page: Page): Promise<boolean> {
  const context = page.context()
  try {
    await page.unrouteAll()
    await page.removeAllListeners()
    await page.goto('about:blank', { timeout: CLEARED_WITHIN_MS })
    await context.clearCookies()
    return true
  } catch {
    return false
  }
}
