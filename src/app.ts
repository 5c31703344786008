import { createAccounts } from './accounts/accounts.ts'
import { type Admin, createAdmin } from './admin/operations.ts'
import { type Admissions, createAdmissions } from './admission.ts'
import type { Clock } from './clock.ts'
import type { Secret } from './data-folder/secret.ts'
import { isCurrent } from './db/migrate.ts'
import { migrations } from './db/migrations.ts'
import type { Db } from './db/open.ts'
import { createKeys, type Keys } from './keys/keys.ts'
import { createLimits, type Limits, sweepLimits } from './limits/limits.ts'
import { restoreLimits, saveLimits } from './limits/store.ts'
import { createSeal } from './sealing.ts'
import { createApiKeys } from './workflows/api-keys.ts'
import { createConnections } from './workflows/connections.ts'
import { createDefinitions } from './workflows/definitions.ts'
import type { WorkflowsParts } from './workflows/routes.ts'

/** Everything Keyward does, wired, without a socket or a terminal. */
export type App = {
  clock: Clock
  admissions: Admissions
  admin: Admin
  keys: Keys
  limits: Limits
  workflows: WorkflowsParts
  /** Small work that comes due: call it every 100 ms or so. */
  tick(): void
  /** Whether the database answers and has this program's migrations. */
  isReady(): boolean
  /** For a server: takes up the windows that the last one left, so that restarting is no way round a limit. */
  restoreWindows(): void
  saveWindows(): void
  /** Writes the usage and closes the database. */
  close(): void
}

export type AppParts = { db: Db; secret: Secret; clock: Clock; addressLimit: number }

/** How often usage is written and foreign writes are looked for, in ms. */
const FLUSH_EVERY_MS = 1000

/** The composition root: hands each room what it needs. Owns `db` from here on. */
export function createApp({ db, secret, clock, addressLimit }: AppParts): App {
  const accounts = createAccounts({ db, clock })
  const keys = createKeys({ db, accounts, clock, secret })
  const limits = createLimits(clock)

  const dataVersion = db.$client.prepare('pragma data_version').pluck()
  let seenVersion = dataVersion.get()
  let flushAtMs = clock.elapsed() + FLUSH_EVERY_MS

  /** The backstop: a stranger, such as the sqlite3 shell, may have written to the database. */
  function forgetWhatOthersChanged() {
    const version = dataVersion.get()
    if (version === seenVersion) return
    seenVersion = version
    keys.forget()
    accounts.forget()
  }

  return {
    clock,
    keys,
    limits,
    admissions: createAdmissions({ keys, limits, clock, addressLimit }),
    admin: createAdmin({ accounts, keys, clock }),
    workflows: {
      apiKeys: createApiKeys({ keys }),
      definitions: createDefinitions({ db, clock }),
      connections: createConnections({
        db,
        clock,
        seal: createSeal(secret.derive('connection credentials')),
      }),
    },
    tick() {
      sweepLimits(limits)
      if (clock.elapsed() < flushAtMs) return
      flushAtMs = clock.elapsed() + FLUSH_EVERY_MS
      keys.flushUsage()
      forgetWhatOthersChanged()
    },
    isReady: () => isCurrent(db.$client, migrations),
    restoreWindows: () => restoreLimits(limits, db),
    saveWindows: () => saveLimits(limits, db),
    close() {
      keys.flushUsage()
      db.$client.close()
    },
  }
}
