import { createServer } from 'node:net'
import { pinned, SERVER_CORE } from './cpu.ts'

/** A server in a process of its own, on the server's core unless it is let on all. */
export type MeasuredServer = {
  url: string
  pid: number
  /** It stands still until it is to go on. */
  pause(): void
  goOn(): void
  stop(): Promise<void>
}

/** The longest that any server here, Node's included, takes on a busy machine. */
const START_MAX_MS = 60_000

/** Another bench may take the port between its choice and the server's start. */
const STARTS_MAX = 3

const STOP_MAX_MS = 5_000

type Options = {
  cwd?: string
  env?: Record<string, string>
  readyPath?: string
  /** For a server whose other threads are what is measured: they share the load's core too. */
  anyCore?: boolean
}

/**
 * @param command given the port; told to stop by SIGTERM, and by SIGKILL where it does not.
 * @throws a plain Error with what the server wrote, where none answers
 */
export async function startMeasured(
  command: (port: number) => readonly string[],
  options: Options = {},
): Promise<MeasuredServer> {
  for (let starts = 1; ; starts += 1) {
    try {
      return await startOn(await freePort(), command, options)
    } catch (error) {
      if (starts === STARTS_MAX) throw error
    }
  }
}

/**
 * A loopback port that nobody listens on at the moment, and that nobody gets who listens on port 0: between this choice and a
 * server's start another test's server would take it, and answer in its place.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST_PORT + Math.floor(Math.random() * PORTS)
    if (await isFree(port)) return port
  }
}

// --- internal ---

/** Systems give out ports from 32,768 (Linux) or 49,152 (RFC 6335) on. */
const FIRST_PORT = 10_000
const PORTS = 20_000

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer().once('error', () => resolve(false))
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)))
  })
}

async function startOn(
  port: number,
  command: (port: number) => readonly string[],
  { cwd, env, readyPath = '/livez', anyCore = false }: Options,
): Promise<MeasuredServer> {
  const child = Bun.spawn(anyCore ? [...command(port)] : pinned(SERVER_CORE, command(port)), {
    cwd,
    env: { ...process.env, NODE_ENV: 'production', NO_COLOR: '1', ...env },
    stdout: 'ignore',
    stderr: 'pipe',
  })
  const url = `http://127.0.0.1:${port}`
  // Whatever ends the bench, no server outlives it.
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  const goOn = () => child.kill('SIGCONT')
  const stop = async () => {
    child.kill('SIGTERM')
    goOn()
    const late = setTimeout(kill, STOP_MAX_MS)
    await child.exited
    clearTimeout(late)
    process.off('exit', kill)
  }
  if (await answers(url + readyPath, () => child.exitCode === null)) {
    return { url, pid: child.pid, pause: () => child.kill('SIGSTOP'), goOn, stop }
  }
  await stop()
  throw new Error(`${command(port).join(' ')} did not answer: ${await new Response(child.stderr).text()}`)
}

/** Whether anything at all is answered before the time is up or the process has ended. */
async function answers(url: string, isAlive: () => boolean): Promise<boolean> {
  const giveUpAt = performance.now() + START_MAX_MS
  while (performance.now() < giveUpAt && isAlive()) {
    const response = await fetch(url).catch(() => null)
    if (response) {
      await response.arrayBuffer()
      return true
    }
    await Bun.sleep(5)
  }
  return false
}
