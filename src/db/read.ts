import { type Column, type GetColumnData, is, Placeholder, SQL, sql } from 'drizzle-orm'
import { lazily } from '../lib/lazily.ts'
import type { Db } from './open.ts'

/** A select that is prepared once. Values stand for its placeholders, by name. */
export type Read<Row> = {
  all(values: Values): Row[]
  get(values: Values): Row | undefined
}

/**
 * Prepares a select whose rows are taken as SQLite gives them. What drizzle does to each column of each row takes
 * three times as long as reading the row, and building a select anew takes as long as reading twenty of them.
 * @param query selects nothing but `columns`
 */
export function prepareRead<Row>({ $client }: Db, query: Select<Row>): Read<Row> {
  const { sql: text, params } = query.toSQL()
  const statement = $client.prepare<unknown[], Row>(text)
  const bound = (values: Values) =>
    params.map((param) => (is(param, Placeholder) ? values[param.name] : param))
  return {
    all: (values) => statement.all(...bound(values)),
    get: (values) => statement.get(...bound(values)),
  }
}

/**
 * Columns under the names that our code has for them, whatever the table calls them.
 * @throws Error for a column whose value is not what SQLite holds, such as a boolean
 */
export function columns<S extends Selection>(selection: S): NamedColumns<S> {
  const named = Object.entries(selection).map(([name, field]) => [name, aliased(field, name)])
  return Object.fromEntries(named)
}

/**
 * A select with filters that may be left out: each set of given ones is a statement of its own, prepared when it is
 * first needed, so that an index serves it and nobody pays for a filter that he does not ask for.
 * @param filters the condition of each; given are those that have a value, neither null nor undefined
 */
export function perFilter<Name extends string, Row>(
  filters: Readonly<Record<Name, SQL>>,
  prepare: (conditions: SQL[]) => Read<Row>,
): (given: Readonly<Partial<Record<Name, unknown>>>) => Read<Row> {
  const prepared = new Map<string, Read<Row>>()
  const names = Object.keys(filters) as Name[]
  return (given) => {
    const asked = names.filter((name) => given[name] !== null && given[name] !== undefined)
    const key = asked.join()
    const read = prepared.get(key) ?? prepare(asked.map((name) => filters[name]))
    prepared.set(key, read)
    return read
  }
}

/**
 * Runs reads that belong together as one: they see the same state, and SQLite's locks, which take five times as long
 * as a look-up, are taken once. `work` must be synchronous and write nothing.
 */
export function createSnapshot({ $client }: Db): <T>(work: () => T) => T {
  const begin = lazily(() => $client.prepare('begin'))
  const end = lazily(() => $client.prepare('commit'))
  return (work) => {
    if ($client.inTransaction) return work()
    begin().run()
    try {
      return work()
    } finally {
      end().run()
    }
  }
}

// --- internal ---

type Values = Readonly<Record<string, unknown>>

type Select<Row> = {
  toSQL(): { sql: string; params: unknown[] }
  readonly _: { readonly result: Row[] }
}

type Selection = Readonly<Record<string, Column | SQL>>

type NamedColumns<S extends Selection> = {
  [Name in keyof S]: SQL.Aliased<
    S[Name] extends SQL<infer T> ? T : S[Name] extends Column ? GetColumnData<S[Name]> : never
  >
}

const AS_STORED = ['string', 'number', 'buffer']

function aliased(field: Column | SQL, name: string): SQL.Aliased {
  if (is(field, SQL)) return field.as(name)
  if (AS_STORED.includes(field.dataType)) return sql`${field}`.as(name)
  throw new Error(`the column ${field.name} is a ${field.dataType}, which SQLite holds in another form`)
}
