import { cpus, release, totalmem } from 'node:os'
import { version } from '../../package.json'
import { canPin } from './cpu.ts'
import { ROOT } from './executable.ts'

/** What a figure means nothing without. */
export type Machine = Readonly<Record<string, string | number | boolean>>

export function describeMachine(): Machine {
  const [first] = cpus()
  return {
    date: new Date().toISOString(),
    cpu: first?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryMib: Math.round(totalmem() / 2 ** 20),
    kernel: release(),
    keyward: version,
    commit: said(['git', '-C', ROOT, 'describe', '--always', '--dirty']),
    bun: Bun.version,
    node: said(['node', '--version']),
    wrk: said(['wrk', '--version']).split(' [')[0] ?? '',
    pinned: canPin(),
  }
}

// --- internal ---

/** The first line that a command says, or that it is missing. wrk says its version with exit code 1. */
function said([command = '', ...args]: readonly string[]): string {
  if (Bun.which(command) === null) return 'not installed'
  const { stdout, stderr } = Bun.spawnSync([command, ...args], { stderr: 'pipe' })
  return `${stdout}${stderr}`.trim().split('\n', 1).join()
}
