import { createAccounts } from './accounts/accounts.ts'
import { type Admin, createAdmin } from './admin/operations.ts'
import { type Admissions, createAdmissions } from './admission.ts'
import type { Clock } from './clock.ts'
import { createSeal } from './data-folder/seal.ts'
import type { Secret } from './data-folder/secret.ts'
import type { FolderWatch } from './data-folder/watch.ts'
import { createLockWait, type LockWait } from './db/lock-wait.ts'
import { isCurrent } from './db/migrate.ts'
import { migrations } from './db/migrations.ts'
import { type Db, withoutWaiting } from './db/open.ts'
import { acceptSecret, isSecretLost } from './db/secret-record.ts'
import { createWriteProbe } from './db/write-probe.ts'
import { createEgress } from './egress/egress.ts'
import type { EgressPolicy } from './egress/policy.ts'
import { createKeyHash } from './keys/hash.ts'
import { createKeys, type Keys } from './keys/keys.ts'
import { createVerifier } from './keys/verifier.ts'
import { createLimits, type Limits, sweepLimits } from './limits/limits.ts'
import { createWindowStore } from './limits/store.ts'
import { logFailure, logLoss } from './log.ts'
import { createInboundAdmissions } from './workflows/inbound/admission.ts'
import { createInbound, type Inbound } from './workflows/inbound/inbound.ts'
import { createWorkflows, type Workflows } from './workflows/workflows.ts'
import { createLedger, type Ledger } from './workfunder/ledger/ledger.ts'
import { createPortalAdmissions } from './workfunder/portal/admission.ts'
import type { PortalParts } from './workfunder/portal/routes.ts'
import { createProofFiles, type ProofFiles } from './workfunder/proof-files/proof-files.ts'
import { createProofUrls, type ProofUrls } from './workfunder/proof-files/proof-urls.ts'
import { createStrayFiles } from './workfunder/proof-files/stray-files.ts'
import { createWebhooks, type Webhooks } from './workfunder/webhooks/webhooks.ts'
import type { Worker } from './workfunder/workers/worker.ts'
import { createWorkers, type Workers } from './workfunder/workers/workers.ts'
import { createWorkfunder, type Workfunder } from './workfunder/workfunder.ts'

/** Everything Keyward does, wired, without a socket or a terminal. */
export type App = {
  clock: Clock
  admissions: Admissions
  portalAdmissions: Admissions<Worker>
  admin: Admin
  keys: Keys
  limits: Limits
  workflows: Workflows
  inbound: Inbound
  inboundAdmissions: Admissions<null>
  workfunder: Workfunder
  workers: Workers
  portal: PortalParts
  proofFiles: ProofFiles
  proofUrls: ProofUrls
  webhooks: Webhooks
  ledger: Ledger
  lockWait: Pick<LockWait, 'tell'>
  /** Small work that comes due: call it every 100 ms or so. Never throws. */
  tick(): void
  /** Whether the database answers, has this program's migrations, can be written to and is still in its place, and the engine of runs has its file. */
  isReady(): boolean
  /** For a server: takes up the windows that the last one left, so that restarting is no way round a limit. */
  restoreWindows(): void
  saveWindows(): void
  /** Lets the requests that we make end, for a second at most; writes the usage and closes the database. */
  close(): Promise<void>
}

export type AppParts = {
  db: Db
  secret: Secret
  clock: Clock
  /** Requests without a valid key that one address has a minute. */
  addressLimit: number
  /** Where our own requests may go. */
  egress: EgressPolicy
  /** How long the sandbox takes for its steps: 1 as documented, 0 no time at all. */
  sandboxPace: number
  /** Where the files of proofs are kept. */
  proofsFolder: string
  /** Where the engine keeps what the steps of runs did. */
  runsFile: string
  /** How long runs that are over, and the events that started them, are kept, in ms. */
  runHistoryMs: number
  /** The cost of the bcrypt hashes of new keys; left out: the one in earnest. Tests take 4, the least there is. */
  bcryptCost?: number
  /** What the templates of workflows see as `env`. */
  workflowEnv: Readonly<Record<string, string>>
  /** Whether what we have open still stands where others look for it. Left out: it does. */
  watch?: FolderWatch
}

/** About 3 ms of work, so that no request waits longer. */
const WINDOWS_PER_TICK = 500

/** How often foreign writes and lost files are looked for, in ms. */
const LOOK_EVERY_MS = 1000

/** Part of the background work; its name is for the log. */
type Work = [name: string, work: () => void]

/** The composition root: hands each room what it needs. Owns `db` from here on. */
export function createApp(parts: AppParts): App {
  const { db, secret, clock, addressLimit, egress, sandboxPace, proofsFolder, bcryptCost, ...others } = parts
  const { watch = () => null, ...forRuns } = others
  const accounts = createAccounts({ db, clock })
  const keys = createKeys({ db, accounts, clock, secret, bcryptCost })
  const limits = createLimits(clock)
  const windowStore = createWindowStore(limits, db)
  const webhooks = createWebhooks({
    db,
    clock,
    seal: createSeal(secret.derive('webhook secrets')),
    egress: createEgress(egress),
  })
  const ledger = createLedger({ db, clock })
  const workers = createWorkers({
    db,
    clock,
    verifier: createVerifier(secret),
    keyHash: createKeyHash(bcryptCost),
  })
  const workfunder = createWorkfunder({ db, clock, keys, ledger, webhooks, workers, sandboxPace })
  const workflows = createWorkflows({
    db,
    clock,
    secret,
    accounts,
    keys,
    ...forRuns,
    egress: createEgress({ ...egress, allowHttp: true }),
  })
  const inbound = createInbound({ db, clock, ...workflows })
  const proofFiles = createProofFiles(proofsFolder)
  const strayFiles = createStrayFiles({ files: proofFiles, isKnown: workfunder.taskWork.isProofFile, clock })

  const dataVersion = db.$client.prepare('pragma data_version').pluck()
  let seenVersion = dataVersion.get()
  let lookAtMs = clock.elapsed() + LOOK_EVERY_MS

  const lockWait = createLockWait(db)
  const isWritable = createWriteProbe(db, clock)
  let lostFile: string | null = null

  /**
   * Another process may now open what stands there, and what we store would be lost with our own file: then
   * nothing is stored until the file is back.
   */
  function lookForLostFiles() {
    const found = watch()
    if (found === lostFile) return
    lostFile = found
    db.$client.pragma(`query_only = ${found === null ? 'OFF' : 'ON'}`)
    logLoss(found)
  }

  /** The backstop: a stranger, such as the sqlite3 shell, may have written to the database. */
  function forgetWhatOthersChanged() {
    const version = dataVersion.get()
    if (version === seenVersion) return
    seenVersion = version
    keys.forget()
    accounts.forget()
  }

  const everySecond: Work[] = [
    ['the look for lost files', lookForLostFiles],
    ['the look for foreign writes', forgetWhatOthersChanged],
    ['the pruning of events', () => inbound.prune(clock.now() - forRuns.runHistoryMs)],
  ]
  const everyTick: Work[] = [
    ['the limits', () => sweepLimits(limits)],
    ['the storing of revocations', keys.storeRevocations],
    ['the simulation of tasks', workfunder.sandbox.runDue],
    ['the deadlines of tasks', workfunder.deadlines.runDue],
    ['the storing of usage', keys.flushSomeUsage],
    ['the storing of windows', () => windowStore.saveSome(WINDOWS_PER_TICK, clock.now())],
    ['the removal of stray files', () => void strayFiles.removeDue()],
    ['the delivery of webhooks', () => void webhooks.deliverDue()],
    ['the runs', workflows.runDue],
  ]

  /** What is failing now, so that it is told once and not ten times a second. */
  const failing = new Map<string, string>()

  /** One that fails, as on a full disk, is tried again next time and keeps none of the others from their turn. */
  function attempt(name: string, work: () => void): void {
    try {
      withoutWaiting(db, work)
      failing.delete(name)
    } catch (error) {
      if (failing.get(name) !== String(error)) logFailure(name, error)
      failing.set(name, String(error))
    }
  }

  return {
    clock,
    keys,
    limits,
    workfunder,
    workers,
    portal: { taskWork: workfunder.taskWork, files: proofFiles },
    proofFiles,
    proofUrls: createProofUrls({ key: secret.derive('proof urls'), clock }),
    webhooks,
    ledger,
    lockWait,
    admissions: createAdmissions({ keys, limits, clock, addressLimit }),
    admin: createAdmin({
      accounts,
      keys,
      ledger,
      workers,
      workfunder,
      runs: workflows.runs,
      clock,
      secretLoss: { isOpen: () => isSecretLost(db), accept: () => acceptSecret(db) },
    }),
    portalAdmissions: createPortalAdmissions({ workers, limits, addressLimit }),
    workflows,
    inbound,
    inboundAdmissions: createInboundAdmissions(limits),
    tick() {
      lockWait.look()
      if (clock.elapsed() >= lookAtMs) {
        lookAtMs = clock.elapsed() + LOOK_EVERY_MS
        for (const [name, work] of everySecond) attempt(name, work)
      }
      for (const [name, work] of everyTick) attempt(name, work)
    },
    isReady: () =>
      lostFile === null && isCurrent(db.$client, migrations) && isWritable() && workflows.runs.isReady(),
    restoreWindows: windowStore.restore,
    saveWindows: windowStore.saveAll,
    async close() {
      try {
        await allEnded([webhooks.close(), workflows.close(), strayFiles.close()])
      } finally {
        try {
          keys.storeRevocations()
          keys.flushUsage()
        } finally {
          db.$client.close()
        }
      }
    },
  }
}

// --- internal ---

/** @throws the first failure, after all have ended: nothing of ours may use a database that is closed. */
async function allEnded(works: readonly Promise<void>[]): Promise<void> {
  for (const outcome of await Promise.allSettled(works))
    if (outcome.status === 'rejected') throw outcome.reason
}
