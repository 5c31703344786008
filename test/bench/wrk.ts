import { join } from 'node:path'
import { LOAD_CORE, pinned } from './cpu.ts'
import type { Plan } from './suite.ts'

export type Load = {
  url: string
  headers?: Readonly<Record<string, string>>
  /** Left out: 32, enough to keep one core busy and few enough that none of them starves. */
  connections?: number
  /** Variables of load.lua. */
  script?: Readonly<Record<string, string>>
}

export type LoadReport = {
  requests: number
  durationUs: number
  p50Us: number
  p99Us: number
  maxUs: number
  /** Answers with a status of 400 or more. */
  refused: number
  /** Connections that failed, were cut off or timed out. */
  broken: number
  cpuUs: number
  /** How long it took until LOAD_STOP_AFTER answers had come; null where that was not asked, or not reached. */
  servedUs: number | null
}

export const WRK_MISSING = 'wrk is not installed (apt-get install wrk)'

export function hasWrk(): boolean {
  return Bun.which('wrk') !== null
}

/** What is measured next finds the server's code compiled; in the short form nothing is compared, and nothing is warmed up. */
export async function warmUp(load: Load, { quick, progress }: Plan): Promise<void> {
  if (quick) return
  progress(`warming up ${load.url}`)
  await runWrk(load, 1)
}

/** Loads a server from the load's core for so many seconds. */
export async function runWrk(load: Load, seconds: number): Promise<LoadReport> {
  const headers = Object.entries(load.headers ?? {}).flatMap(([name, value]) => ['-H', `${name}: ${value}`])
  const options = ['-t1', `-c${load.connections ?? 32}`, `-d${seconds}s`, '--timeout', '5s', ...headers]
  const child = Bun.spawn(pinned(LOAD_CORE, ['wrk', ...options, '-s', SCRIPT, load.url]), {
    env: { ...process.env, ...load.script },
    stdout: 'pipe',
    stderr: 'pipe',
  })
  let output = ''
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    output += text
    // All that was to be served is: wrk would sleep until its time is over.
    if (/^SERVED/m.test(output)) child.kill('SIGINT')
  }
  await child.exited
  const report = /^REPORT (.*)$/m.exec(output)?.[1]
  if (!report) throw new Error(`wrk failed: ${output} ${await new Response(child.stderr).text()}`)
  const { user, system } = child.resourceUsage()?.cpuTime ?? { user: 0, system: 0 }
  const served = /^SERVED (\d+)$/m.exec(output)?.[1]
  return {
    ...(JSON.parse(report) as Omit<LoadReport, 'cpuUs' | 'servedUs'>),
    cpuUs: Number(user) + Number(system),
    servedUs: served === undefined ? null : Number(served),
  }
}

export function perSecond({ requests, durationUs }: LoadReport): number {
  return (requests / durationUs) * 1e6
}

// --- internal ---

const SCRIPT = join(import.meta.dir, 'load.lua')
