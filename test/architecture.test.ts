import { describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { Glob } from 'bun'

const SRC = join(import.meta.dir, '../src')

/**
 * Rooms in the order of the road: each may import what stands after it, never what stands before.
 * request (cli, server) → room of a vendor → http → admission → operations → store.
 */
const ROAD = [
  ['main.ts', 'runtime.ts', 'engine-thread.ts', 'sandbox-thread.ts'],
  ['cli'],
  ['server.ts'],
  ['admin/connect.ts', 'admin/rotate-secret.ts', 'admin/socket.ts'],
  ['app.ts'],
  ['portal', 'inbound'],
  ['workflows', 'workfunder'],
  ['http'],
  ['admission.ts', 'admin/operations.ts', 'config.ts'],
  ['runs'],
  ['steps'],
  ['flow'],
  ['templates'],
  ['durable', 'sandbox'],
  ['workers', 'ledger'],
  ['webhooks'],
  ['keys'],
  ['accounts'],
  ['limits'],
  ['data-folder'],
  ['egress'],
  ['db'],
  [
    'errors.ts',
    'fair-places.ts',
    'clock.ts',
    'instant.ts',
    'name.ts',
    'near-miss.ts',
    'log.ts',
    'storage-trouble.ts',
    'network.ts',
    'sealing.ts',
    'geo.ts',
    'opaque-id.ts',
    'linear-regex.ts',
    'lazily.ts',
    'until-aborted.ts',
    'json-object.ts',
    'threads.ts',
    'field-path.ts',
    'json-schema.ts',
  ],
]

type Source = { file: string; imports: string[]; text: string }

const transpiler = new Bun.Transpiler({ loader: 'ts' })
const sources: Source[] = [...new Glob('**/*.ts').scanSync(SRC)]
  .filter((file) => !file.endsWith('.d.ts'))
  .map((file) => {
    const text = readFileSync(join(SRC, file), 'utf8')
    return { file, text, imports: transpiler.scanImports(text).map(({ path }) => path) }
  })

/** The place on the road: the most exact entry that a file falls under. */
function placeOf(file: string): number {
  const exact = ROAD.findIndex((rooms) => rooms.includes(file))
  return exact >= 0 ? exact : ROAD.findIndex((rooms) => rooms.some((room) => file.startsWith(`${room}/`)))
}

const ownImports = sources.flatMap(({ file, imports }) =>
  imports
    .filter((path) => path.startsWith('.') && path.endsWith('.ts'))
    .map((path) => ({ from: file, to: normalize(join(dirname(file), path)) })),
)

function filesThatImport(name: RegExp): string[] {
  return sources.filter(({ imports }) => imports.some((path) => name.test(path))).map(({ file }) => file)
}

describe('the road of a request', () => {
  test('every file stands in a room that is on it', () => {
    expect(sources.filter(({ file }) => placeOf(file) < 0).map(({ file }) => file)).toEqual([])
  })

  test('is one-way: no import points back', () => {
    const backwards = ownImports.filter(({ from, to }) => placeOf(from) > placeOf(to))
    expect(backwards.map(({ from, to }) => `${from} → ${to}`)).toEqual([])
  })

  test('the vendors’ rooms never import one another', () => {
    const across = ownImports.filter(
      ({ from, to }) =>
        /^(workflows|workfunder)\//.test(from) &&
        /^(workflows|workfunder)\//.test(to) &&
        from.split('/')[0] !== to.split('/')[0],
    )
    expect(across).toEqual([])
  })

  test('nothing is imported in a circle', () => {
    const nextOf = Map.groupBy(ownImports, ({ from }) => from)
    const reaches = (from: string, goal: string, seen = new Set<string>()): boolean =>
      (nextOf.get(from) ?? []).some(({ to }) => {
        if (to === goal) return true
        if (seen.has(to)) return false
        seen.add(to)
        return reaches(to, goal, seen)
      })
    expect(sources.map(({ file }) => file).filter((file) => reaches(file, file))).toEqual([])
  })
})

describe('each outside thing has one door', () => {
  test.each([
    ['better-sqlite3', /^better-sqlite3/, ['db/driver.ts']],
    ['bcrypt', /bcrypt/, ['keys/hash.ts']],
    ['Elysia', /^elysia$/, ['http/room.ts', 'server.ts']],
  ])('%s', (_, name, doors) => {
    expect(filesThatImport(name).sort()).toEqual(doors)
  })

  test('citty stays in cli', () => {
    expect(filesThatImport(/^citty$/).filter((file) => !file.startsWith('cli/'))).toEqual([])
  })

  test('the environment is read in config, and set in runtime', () => {
    const readers = sources.filter(({ text }) => /process\.env|Bun\.env/.test(text)).map(({ file }) => file)
    expect(readers.sort()).toEqual(['config.ts', 'runtime.ts'])
  })

  test('the host’s clock is read in clock.ts; commands also measure how long they wait', () => {
    const readers = sources.filter(({ text }) => /Date\.now\(|new Date\(\)|performance\.now\(/.test(text))
    expect(readers.map(({ file }) => file).sort()).toEqual(['admin/connect.ts', 'clock.ts'])
  })

  test('SQL stands in stores, in db, and where limits are saved', () => {
    const withSql = filesThatImport(/^drizzle-orm/)
    expect(withSql.filter((file) => !/(^|\/|-)store\.ts$|^db\/|^keys\/usage\.ts$/.test(file))).toEqual([])
  })
})

test('no file is a drawer for the rest', () => {
  const drawers = sources.filter(({ file }) => /(^|\/)(utils?|helpers?|common|index|misc)\.ts$/.test(file))
  expect(drawers.map(({ file }) => file)).toEqual([])
})
