import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterTest } from './after-test.ts'

const MAIN = join(import.meta.dir, '../../src/main.ts')

export type Finished = { code: number; stdout: string; stderr: string }
export type ServerProcess = {
  url: string
  pid: number
  /** What it has printed until it was ready. */
  greeting: string
  /** The most memory that it has held so far, in bytes; where only Linux tells that, what it holds now. */
  peakMemory(): Promise<number>
  /** Sends the signal and waits for the end. */
  stop(signal?: NodeJS.Signals): Promise<Finished>
}

/** An empty folder that is gone after the test. */
export function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'keyward-test-'))
  afterTest(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** The executable where the tests are given one: it starts in a tenth of the time that the source takes. */
export const EXECUTABLE = process.env.KEYWARD_TEST_EXECUTABLE && resolve(process.env.KEYWARD_TEST_EXECUTABLE)

/** The command that runs Keyward: the executable (`bun run tests`), or from source (`bun test`, with what was edited last). */
export const KEYWARD = EXECUTABLE ? [EXECUTABLE] : [process.execPath, MAIN]

/** Runs `keyward` with these words in a process of its own. */
export async function keyward(args: string[], env: Env = {}, command = KEYWARD): Promise<Finished> {
  return finished(spawn(args, env, command))
}

/** Starts `keyward serve` on a free port and waits until it says that it serves. */
export async function serveProcess(args: string[], env: Env = {}, command = KEYWARD): Promise<ServerProcess> {
  const child = spawn(['serve', '--port', '0', ...args], env, command)
  const ready = args.includes('--dev') ? /Ctrl-C/ : /\n/
  const decoder = new TextDecoder()
  const reader = child.stdout.getReader()
  let greeting = ''
  while (!ready.test(greeting)) {
    const { value, done } = await reader.read()
    if (done) throw new Error(`the server ended: ${await new Response(child.stderr).text()}`)
    greeting += decoder.decode(value)
  }
  reader.releaseLock()
  return {
    url: /on (http:\/\/\S+:\d+)/.exec(greeting)?.[1] ?? '',
    pid: child.pid,
    greeting,
    peakMemory: () => peakMemoryOf(child.pid),
    async stop(signal = 'SIGTERM') {
      child.kill(signal)
      return { code: await child.exited, stdout: greeting, stderr: await new Response(child.stderr).text() }
    },
  }
}

// --- internal ---

type Env = Record<string, string | undefined>

/** What makes the tests' own processes cheaper (bunfig.toml), and no process that stands for a user's. */
const OF_TESTS = { MIMALLOC_PURGE_DELAY: undefined, BUN_JSC_useFTLJIT: undefined }

/** What goes as it should is not told, and all else as people read it. */
const QUIET = { KEYWARD_LOG_FORMAT: 'text', KEYWARD_LOG_LEVEL: 'warn' }

function spawn(args: string[], env: Env, command: string[]) {
  const child = Bun.spawn([...command, ...args], {
    env: {
      ...process.env,
      NO_COLOR: '1',
      KEYWARD_DATA: undefined,
      KEYWARD_PORT: undefined,
      ...OF_TESTS,
      ...QUIET,
      ...env,
    },
    stdout: 'pipe',
    stderr: 'pipe',
  })
  afterTest(() => {
    child.kill('SIGKILL')
    return child.exited
  })
  return child
}

async function peakMemoryOf(pid: number): Promise<number> {
  const status = `/proc/${pid}/status`
  const kib = existsSync(status)
    ? /^VmHWM:\s*(\d+) kB$/m.exec(readFileSync(status, 'utf8'))?.[1]
    : await new Response(Bun.spawn(['ps', '-o', 'rss=', '-p', String(pid)]).stdout).text()
  return Number(kib) * 1024
}

async function finished(child: ReturnType<typeof spawn>): Promise<Finished> {
  const [stdout, stderr] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ])
  return { code: await child.exited, stdout, stderr }
}
