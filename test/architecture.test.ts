import { describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { Glob } from 'bun'
import { getTableColumns, getTableName, is, Table } from 'drizzle-orm'

const ROOT = join(import.meta.dir, '..')
const SRC = join(ROOT, 'src')

/**
 * The request path, in order: each may import what stands after it, never what stands before.
 * Entries and command line → server → a vendor's wing → http and admission → operations → stores → leaf functions.
 */
const REQUEST_PATH = [
  ['main.ts', 'runtime.ts'],
  ['cli'],
  ['server.ts'],
  ['app.ts'],
  ['maintenance.ts'],
  ['dashboard', 'admin', 'server-log', 'dev'],
  ['metrics'],
  ['workflows', 'workfunder'],
  ['openapi', 'pages'],
  ['http'],
  ['requests'],
  ['admission.ts', 'config.ts'],
  ['keys'],
  ['accounts'],
  ['limits'],
  ['data-folder'],
  ['egress'],
  ['audit'],
  ['db'],
  ['errors.ts', 'clock.ts', 'log.ts', 'threads.ts'],
  ['lib'],
]

/** What the house may have directly in src before a newcomer no longer sees the wings. */
const ROOT_FILES_MAX = 14

type Source = { file: string; text: string; imports: string[] }

/** Read from the text, because a transpiler drops the imports of types. */
const IMPORT =
  /(?:^|\n)\s*(?:import|export)\s[^;'"]*?from\s+'([^']+)'|import\('([^']+)'\)|(?:^|\n)import\s+'([^']+)'|require\('([^']+)'\)/g

const sources: Source[] = [...new Glob('**/*.ts').scanSync(SRC)]
  .filter((file) => !file.endsWith('.d.ts'))
  .map((file) => {
    const text = readFileSync(join(SRC, file), 'utf8')
    const imports = [...text.matchAll(IMPORT)].map(([, ...paths]) => paths.find((path) => path) ?? '')
    return { file, text, imports }
  })

const ownImports = sources.flatMap(({ file, imports }) =>
  imports
    .filter((path) => path.startsWith('.') && path.endsWith('.ts'))
    .map((path) => ({ from: file, to: normalize(join(dirname(file), path)) })),
)

function placeOf(file: string): number {
  return REQUEST_PATH.findIndex((parts) => parts.includes(file.split('/')[0] ?? ''))
}

function filesThatImport(name: RegExp): string[] {
  return sources
    .filter(({ imports }) => imports.some((path) => name.test(path)))
    .map(({ file }) => file)
    .sort()
}

function shown(arrows: { from: string; to: string }[]): string[] {
  return arrows.map(({ from, to }) => `${from} → ${to}`)
}

describe('the request path', () => {
  test('has a place for every file of src', () => {
    expect(sources.filter(({ file }) => placeOf(file) < 0).map(({ file }) => file)).toEqual([])
  })

  test('is one-way: nothing imports what stands before it, types included', () => {
    expect(shown(ownImports.filter(({ from, to }) => placeOf(from) > placeOf(to)))).toEqual([])
  })

  test('has two wings that never import each other, types included', () => {
    const wingOf = (file: string) => /^(workflows|workfunder)\//.exec(file)?.[1]
    const across = ownImports.filter(({ from, to }) => {
      const [here, there] = [wingOf(from), wingOf(to)]
      return here !== undefined && there !== undefined && here !== there
    })
    expect(shown(across)).toEqual([])
  })

  test('knows no vendor where all APIs share it: http names none of them', () => {
    const named = sources.filter(({ file, text }) => {
      const code = text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, '')
      return file.startsWith('http/') && /workflows|workfunder|portal|webhook/i.test(code)
    })
    expect(named.map(({ file }) => file)).toEqual([])
  })

  test('ends in leaf functions: lib imports nothing of Keyward', () => {
    expect(
      shown(ownImports.filter(({ from, to }) => from.startsWith('lib/') && !to.startsWith('lib/'))),
    ).toEqual([])
  })

  test('has no cycles: nothing imports itself over others, types included', () => {
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

  test('has few files directly in src', () => {
    expect(sources.filter(({ file }) => !file.includes('/')).length).toBeLessThanOrEqual(ROOT_FILES_MAX)
  })
})
describe('an operation owns its inputs and what it gives:', () => {
  test('only endpoints, other wires and what puts the parts together know how things look on the wire', () => {
    expect(
      filesThatImport(/(^|\/|-)wire\.ts$/).filter(
        (file) => !/(^|\/|-)(routes|endpoints|wire|server|app|workfunder)\.ts$/.test(file),
      ),
    ).toEqual([])
  })

  test('only where requests are read is a type taken from the schema of a request', () => {
    const typed = sources.filter(({ text }) => /Static<typeof \w+(Body|Query)>/.test(text))
    expect(typed.map(({ file }) => file).filter((file) => !/\/api\/inputs\.ts$/.test(file))).toEqual([])
  })
})

describe('what comes from outside is used in one place:', () => {
  test.each([
    ['better-sqlite3', /^better-sqlite3/, ['db/driver.ts']],
    ['bcrypt', /bcrypt/, ['keys/hash.ts']],
    ['Elysia', /^elysia$/, ['http/api.ts', 'server.ts']],
  ])('%s has its own files', (_, name, doors) => {
    expect(filesThatImport(name).sort()).toEqual(doors)
  })

  test('citty is used in cli alone', () => {
    expect(filesThatImport(/^citty$/).filter((file) => !file.startsWith('cli/'))).toEqual([])
  })

  test('the environment is read in config, and set in runtime', () => {
    const readers = sources.filter(({ text }) => /process\.env|Bun\.env/.test(text)).map(({ file }) => file)
    expect(readers.sort()).toEqual(['config.ts', 'runtime.ts'])
  })

  test('what brings Node’s streams with it is loaded when it is needed, and by no start', () => {
    const atOnce =
      /(?:^|\n)import (?!type )[^;'"]*? from 'node:(?:https?|net|readline|stream|tls|tty|zlib)(?:\/\w+)?'/
    expect(sources.filter(({ text }) => atOnce.test(text)).map(({ file }) => file)).toEqual([])
  })

  test('the host’s clock is read in clock.ts; commands also measure how long they wait', () => {
    const readers = sources.filter(({ text }) => /Date\.now\(|new Date\(\)|performance\.now\(/.test(text))
    expect(readers.map(({ file }) => file).sort()).toEqual(['cli/connect.ts', 'clock.ts'])
  })

  test('SQL stands in stores, in db, and where limits are saved', () => {
    const withSql = filesThatImport(/^drizzle-orm/)
    expect(withSql.filter((file) => !/(^|\/|-)store\.ts$|^db\/|^keys\/usage\.ts$/.test(file))).toEqual([])
  })
})

describe('the words that a column holds are listed once, in the schema:', () => {
  const tables = [...new Glob('db/schema/*.ts').scanSync(SRC)].flatMap((file) =>
    Object.values<unknown>(require(join(SRC, file))).filter((value): value is Table => is(value, Table)),
  )
  const lists = tables.flatMap((table) =>
    Object.values(getTableColumns(table))
      .filter(({ enumValues = [] }) => enumValues.length > 2)
      .map(({ name, enumValues = [] }): [string, string[]] => [`${getTableName(table)}.${name}`, enumValues]),
  )

  test('there are such columns', () => {
    expect(lists.map(([column]) => column)).toContain('tasks.status')
  })

  test.each(lists)('those of %s', (_, words) => {
    const list = words.map((word) => `'${word}'`)
    const whole = new RegExp(`\\[${list.join(',')},?\\]|(?<!'\\|)${list.join('\\|')}(?!\\|)`)
    const listing = sources.filter(({ text }) => whole.test(text.replaceAll(/\s/g, '')))
    expect(listing.map(({ file }) => file).filter((file) => !file.startsWith('db/schema/'))).toEqual([])
  })
})

test('no file is named as a place for whatever fits nowhere else', () => {
  const drawers = sources.filter(({ file }) => /(^|\/)(utils?|helpers?|common|index|misc)\.ts$/.test(file))
  expect(drawers.map(({ file }) => file)).toEqual([])
})

describe('no comment of src cites', () => {
  test('a document that is not in this repository', () => {
    const citations = sources.filter(({ text }) =>
      /\b(facts|seeds|shared)\/[a-z-]+\.(md|txt)|\b(design|house)\.md\b|[(](facts|seeds)[ ,]|design's section/.test(
        text,
      ),
    )
    expect(citations.map(({ file }) => file)).toEqual([])
  })

  test('a file that was renamed or removed', () => {
    const files = new Glob('{src,test,.build}/**/*.{ts,md}').scanSync({ cwd: ROOT, dot: true })
    const known = [...files, 'README.md'].map((path) => `/${path}`)
    const cited = sources.flatMap(({ file, text }) =>
      [...text.matchAll(/^\s*(?:\/?\*+|\/\/).*$/gm)].flatMap(([comment]) =>
        [...comment.matchAll(/(?<![\w./-])[\w./-]*[\w-]\.(?:ts|md)\b/g)].map(([name]) => ({ file, name })),
      ),
    )
    expect(cited.length).toBeGreaterThan(0)
    expect(cited.filter(({ name }) => !known.some((path) => path.endsWith(`/${name}`)))).toEqual([])
  })
})

describe('the pages for readers', () => {
  const WINGS = ['workflows', 'workfunder']
  const CELL_CHARS_MAX = 160
  const README_LINES_MAX = 180
  const lines = (page: string) => readFileSync(join(ROOT, page), 'utf8').trimEnd().split('\n')
  const headings = (page: string) => lines(page).flatMap((line) => /^#{2,} (.+)$/.exec(line)?.slice(1) ?? [])

  /** Of a comment that goes on in the next line, too: `workflows/README.md,\n * "Runs" and "Steps"`. */
  const CITED =
    /\b(workflows|workfunder)\/README\.md(?:, ("[^"]+"(?:(?:,| and| to) "[^"]+")*))?(?:(?:,| and| to) (\d[\d.]*))?/g
  const citations = sources.flatMap(({ file, text }) =>
    [...text.replace(/\n\s*(?:\*|\/\/) /g, ' ').matchAll(CITED)].map(([, wing = '', names = '', number]) => ({
      file,
      wing,
      number,
      sections: [...names.matchAll(/"([^"]+)"/g)].map(([, name = '']) => name),
    })),
  )

  test('have every section that a comment in src cites', () => {
    const cited = citations.flatMap(({ file, wing, sections }) =>
      sections.map((section) => ({ file, wing, section })),
    )
    expect(new Set(cited.map(({ wing }) => wing))).toEqual(new Set(WINGS))
    const missing = cited.filter(({ wing, section }) => !headings(`src/${wing}/README.md`).includes(section))
    expect(missing).toEqual([])
  })

  test('are cited by names of sections, never by numbers', () => {
    expect(citations.filter(({ number }) => number !== undefined)).toEqual([])
  })

  test.each(WINGS)('have no two sections of one name: src/%s/README.md', (wing) => {
    const names = headings(`src/${wing}/README.md`)
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([])
  })

  test.each([
    'README.md',
    ...['workflows', 'workfunder', 'dev'].map((room) => `src/${room}/README.md`),
    'test/bench/README.md',
  ])(
    'have tables that can be read beside each other: no cell of %s is longer than 160 characters',
    (page) => {
      const cells = lines(page)
        .filter((line) => line.startsWith('|'))
        .flatMap((line) => line.split(/(?<!\\)\|/).map((cell) => cell.trim()))
      expect(cells.length).toBeGreaterThan(0)
      expect(cells.filter((cell) => cell.length > CELL_CHARS_MAX)).toEqual([])
    },
  )

  test('begin with a README of at most 180 lines', () => {
    expect(lines('README.md').length).toBeLessThanOrEqual(README_LINES_MAX)
  })
})
