import type { SqliteClient } from './driver.ts'
import type { Migration } from './migrations.ts'

/** The database was written by a newer program, or not by this program at all. The message says what to do. */
export class MigrationError extends Error {
  override readonly name = 'MigrationError'
}

/**
 * Brings the schema up to date: all pending migrations in one immediate transaction, or none. Several
 * processes may start at once; the first does the work and the others find it done.
 *
 * drizzle's own migrator is not used because it reads what is applied before it takes the lock (two of five
 * three-process starts failed) and because it cannot rebuild a parent table: with foreign keys on, the DROP
 * in drizzle-kit's create-copy-drop-rename deletes the children of every row, and the PRAGMA that drizzle-kit
 * writes against it does nothing inside a transaction. So foreign keys are off before BEGIN, and checked
 * before COMMIT.
 * @throws MigrationError where an applied migration is unknown to this program or differs from its own.
 */
export function migrate(client: SqliteClient, migrations: readonly Migration[]): void {
  client.pragma('foreign_keys = OFF')
  try {
    client.transaction(() => applyPending(client, migrations)).immediate()
  } finally {
    client.pragma('foreign_keys = ON')
  }
}

/** Whether the database answers and has exactly this program's migrations. */
export function isCurrent(client: SqliteClient, migrations: readonly Migration[]): boolean {
  return client.open && appliedTo(client).length === migrations.length
}

// --- internal ---

type Applied = { tag: string; sha256: string }

function applyPending(client: SqliteClient, migrations: readonly Migration[]): void {
  client.exec(`create table if not exists schema_migrations (
    position integer primary key, tag text not null, sha256 text not null, applied_at integer not null)`)
  const applied = appliedTo(client)
  refuseForeign(applied, migrations)
  // The check of foreign keys reads every table: a start that changes nothing does without.
  if (applied.length === migrations.length) return

  const record = client.prepare('insert into schema_migrations values (?, ?, ?, unixepoch() * 1000)')
  for (const [position, migration] of migrations.entries()) {
    if (position < applied.length) continue
    client.exec(migration.sql)
    record.run(position, migration.tag, sha256(migration.sql))
  }
  const broken = client.pragma('foreign_key_check')
  if (Array.isArray(broken) && broken.length > 0) {
    throw new Error(`a migration left ${broken.length} rows without their parent; nothing was changed`)
  }
}

function appliedTo(client: SqliteClient): Applied[] {
  return client.prepare<[], Applied>('select tag, sha256 from schema_migrations order by position').all()
}

function refuseForeign(applied: readonly Applied[], migrations: readonly Migration[]): void {
  for (const [position, { tag, sha256: hash }] of applied.entries()) {
    const known = migrations[position]
    if (!known) {
      throw new MigrationError(
        `the database was written by a newer Keyward (it has ${tag}); run that version, or restore a backup`,
      )
    }
    if (known.tag !== tag || sha256(known.sql) !== hash) {
      throw new MigrationError(
        `the database has another ${tag} than this Keyward; it was not made by a release`,
      )
    }
  }
}

function sha256(text: string): string {
  return new Bun.CryptoHasher('sha256').update(text).digest('hex')
}
