import { join } from 'node:path'
import type { DataFolder } from '../../src/data-folder/folder.ts'
import type { Api } from '../../src/keys/token.ts'
import type { Contestant } from './contest.ts'
import { ROOT } from './executable.ts'
import { startMeasured } from './measured-server.ts'
import { KEY_FORMS, storedToken } from './stored-keys.ts'
import type { Load } from './wrk.ts'

export const PROBE_PATH = '/api/v1/probe'

/** Every request carries the same key. */
export function oneKey(): Omit<Load, 'url'> {
  return { headers: { 'x-api-key': storedToken(0) } }
}

export type Order = 'sequence' | 'uniform' | 'hot'

/** Every request carries the next of so many stored keys, or one at random. */
export function manyKeys(
  count: number,
  order: Order = 'sequence',
  api: Api = 'workflows',
): Omit<Load, 'url'> {
  const { head, length, header, scheme } = KEY_FORMS[api]
  const form = { LOAD_KEY_HEAD: head, LOAD_KEY_LENGTH: `${length}`, LOAD_HEADER: `${header}: ${scheme}` }
  return { script: { ...form, LOAD_KEYS: `${count}`, LOAD_ORDER: order } }
}

/** One address after the other. */
export function withPaths(load: Omit<Load, 'url'>, paths: readonly string[]): Omit<Load, 'url'> {
  return { ...load, script: { ...load.script, LOAD_PATHS: paths.join('\n') } }
}

export function bareBun(load: Omit<Load, 'url'>): Contestant {
  return { ...program('Bun.serve, key read, 3 headers', 'bare-bun.ts', load), open: true }
}

export const BARE_ELYSIA = 'bare Elysia'

export function bareElysia(load: Omit<Load, 'url'>): Contestant {
  return { ...program(BARE_ELYSIA, 'bare-elysia.ts', load), open: true }
}

export const KEYWARD_PROBE = 'Keyward, probe endpoint'

/** @param limits raised: one key may carry the whole load; documented: 1,000 a minute for each key. */
export function keywardProbe(
  folder: DataFolder,
  load: Omit<Load, 'url'>,
  { limits = 'raised', name = KEYWARD_PROBE }: { limits?: 'raised' | 'documented'; name?: string } = {},
): Contestant {
  return program(name, 'keyward-probe.ts', load, [folder.path, limits])
}

export const HAND_WRITTEN = 'Elysia and better-sqlite3 by hand'

/** Reads the same database as Keyward, beside it. */
export function handWritten(folder: DataFolder, path: string, load: Omit<Load, 'url'>): Contestant {
  return { ...program(HAND_WRITTEN, 'hand-written.ts', load, [folder.path]), path, open: true }
}

/** @param command what runs Keyward: from source, or the executable. */
export function keywardServe(
  name: string,
  command: readonly string[],
  folder: DataFolder,
  path: string,
  load: Omit<Load, 'url'>,
): Contestant {
  const start = () =>
    startMeasured((port) => [...command, 'serve', '--port', `${port}`, '--data', folder.path])
  return { name, path, load, start }
}

/** @param bunOptions such as those of the profiler. */
export function keywardProbeCommand(
  port: number,
  folder: DataFolder,
  bunOptions: readonly string[],
): string[] {
  const path = join(import.meta.dir, 'programs/keyward-probe.ts')
  return [process.execPath, ...bunOptions, path, `${port}`, folder.path, 'raised']
}

export const FROM_SOURCE = [process.execPath, join(ROOT, 'src/main.ts')]

// --- internal ---

function program(
  name: string,
  file: string,
  load: Omit<Load, 'url'>,
  args: readonly string[] = [],
): Contestant {
  const path = join(import.meta.dir, 'programs', file)
  const start = () => startMeasured((port) => [process.execPath, path, `${port}`, ...args])
  return { name, path: PROBE_PATH, load, start }
}
