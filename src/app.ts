import { type Accounts, createAccounts } from './accounts/accounts.ts'
import { type Admin, createAdmin } from './admin/admin.ts'
import type { ApiTable } from './admin/key-rehearsal.ts'
import { createRequestOperations, type RequestOperations } from './admin/requests.ts'
import { type Admissions, createAdmissions } from './admission.ts'
import { type Actor, holderOf, operator } from './audit/actor.ts'
import { createAuditTrail } from './audit/trail.ts'
import type { Clock } from './clock.ts'
import { createSessions, type Sessions } from './dashboard/sessions.ts'
import type { DataFiles } from './data-folder/folder.ts'
import { createLostFiles } from './data-folder/lost-files.ts'
import { ownName } from './data-folder/owner-name.ts'
import { createRotation } from './data-folder/rotation.ts'
import { createSeal } from './data-folder/seal.ts'
import type { Secret } from './data-folder/secret.ts'
import { createSecretLoss } from './data-folder/secret-loss.ts'
import type { FolderWatch } from './data-folder/watch.ts'
import { createAnswerChangeCount, createChangeCount } from './db/change-count.ts'
import { copyDatabase } from './db/copy.ts'
import { drivenTimeOf, keepDrivenTime } from './db/driven-time.ts'
import { watchForeignWrites } from './db/foreign-writes.ts'
import { type Journal, SYNCED_BY_COMMIT } from './db/journal.ts'
import { createLockWait, type LockWait } from './db/lock-wait.ts'
import { isCurrent } from './db/migrate.ts'
import { migrations } from './db/migrations.ts'
import type { OnDisk } from './db/on-disk.ts'
import type { Db } from './db/open.ts'
import { createWriteProbe } from './db/write-probe.ts'
import { type AppDev, createDev, type DevServices } from './dev/dev.ts'
import type { DriveBounds } from './dev/drive.ts'
import { createDrivenClock } from './dev/driven-clock.ts'
import { dueSources } from './dev/due-sources.ts'
import { createKeyNames } from './dev/key-names.ts'
import { createEgress } from './egress/egress.ts'
import type { EgressPolicy } from './egress/policy.ts'
import { createKeptAnswers, type KeptAnswers } from './http/kept-answers.ts'
import { createKeyHash } from './keys/hash.ts'
import { createKeys, type Keys } from './keys/keys.ts'
import type { LiveKey } from './keys/live-key.ts'
import { createVerifier } from './keys/verifier.ts'
import { lazily } from './lib/lazily.ts'
import { createLimits, type Limits } from './limits/limits.ts'
import { createWindowStore } from './limits/store.ts'
import { createMaintenance } from './maintenance.ts'
import { createMetrics, type Metrics } from './metrics/metrics.ts'
import type { AboutApi } from './openapi/described-api.ts'
import type { Exchange } from './requests/exchange.ts'
import { createKeyCount } from './requests/key-count.ts'
import { createKeyLookUp } from './requests/key-look-up.ts'
import { createRecorder, type Recorder } from './requests/recorder.ts'
import { createRequestViews, messagesOf, type RequestView } from './requests/request-view.ts'
import { createServerLog } from './server-log/server-log.ts'
import { aboutWorkflows } from './workflows/api/about.ts'
import { workflowsEndpoints } from './workflows/api/routes.ts'
import { workflowsDialect } from './workflows/api/wire.ts'
import { createInboundAdmissions } from './workflows/inbound/admission.ts'
import { createInbound, type Inbound } from './workflows/inbound/inbound.ts'
import { createRetention } from './workflows/retention.ts'
import { createWorkflows, type Workflows } from './workflows/workflows.ts'
import { aboutWorkfunder } from './workfunder/api/about.ts'
import { workfunderEndpoints } from './workfunder/api/routes.ts'
import { webhookEndpoints } from './workfunder/api/webhook-endpoints.ts'
import { workfunderDialect } from './workfunder/api/wire.ts'
import { workerEndpoints } from './workfunder/api/worker-endpoints.ts'
import { createLedger, type Ledger } from './workfunder/ledger/ledger.ts'
import { createPortalAdmissions } from './workfunder/portal/admission.ts'
import type { PortalParts } from './workfunder/portal/routes.ts'
import { createProofDownloads, type ProofDownloads } from './workfunder/proof-files/proof-downloads.ts'
import { createProofFiles } from './workfunder/proof-files/proof-files.ts'
import { createProofUrls } from './workfunder/proof-files/proof-urls.ts'
import { createStrayFiles } from './workfunder/proof-files/stray-files.ts'
import type { Proof } from './workfunder/tasks/task.ts'
import { createWebhooks, type Webhooks } from './workfunder/webhooks/webhooks.ts'
import type { Worker } from './workfunder/workers/worker.ts'
import { createWorkers, type Workers } from './workfunder/workers/workers.ts'
import { createWorkfunder, type Workfunder } from './workfunder/workfunder.ts'

/** Everything Keyward does, wired, without a socket or a terminal. */
export type App = {
  clock: Clock
  /** The host's time, whatever the clock was driven to. */
  hostClock: Clock
  /** Who serves it says where clients find it, for the addresses that it gives out; until then there are none. */
  serveAt(url: () => string): void
  /** The APIs that take keys, for the server to mount. */
  apis(server: ServerParts): (AboutApi & ApiTable)[]
  admissions: Admissions
  accounts: Accounts
  /** The last requests, with what was decided about them. */
  recorder: Recorder
  /** Puts into words what it has recorded. */
  viewOf: (exchange: Exchange) => RequestView
  keptAnswers: KeptAnswers<LiveKey>
  portalAdmissions: Admissions<Worker>
  /** For whoever runs this process, by the folder itself. */
  admin: Admin
  adminFor(actor: Actor): Admin
  /** What an operator may ask about requests, of a server alone. */
  requests: RequestOperations
  /** What a developer may do with it; null: it is not for development. */
  dev: AppDev | null
  /** What the server does for whoever develops against it; null: it is not for development. */
  devServices: DevServices | null
  /** An advance of the clock that is under way ends where it is. */
  stopDriving(): Promise<void>
  /** Who is signed in to the dashboard. */
  sessions: Sessions
  keys: Keys
  limits: Limits
  workflows: Workflows
  inbound: Inbound
  inboundAdmissions: Admissions<null>
  workfunder: Workfunder
  workers: Workers
  portal: PortalParts
  proofDownloads: ProofDownloads
  webhooks: Webhooks
  ledger: Ledger
  metrics: Metrics
  lockWait: Pick<LockWait, 'tell'>
  /** For whoever tells somebody of what was stored. */
  onDisk: OnDisk
  /** Small work that comes due, in parts: call each every 100 ms or so, one some time after the other. They never throw. */
  turns: readonly (() => void)[]
  /** A turn of each part, at once. */
  tick(): void
  /** Whether the database answers, has this program's migrations, can be written to and is still in its place, and the engine of runs has its file. */
  isReady(): boolean
  /** For a server: takes up the windows that the last one left, so that restarting is no way round a limit. */
  restoreWindows(): void
  saveWindows(): void
  /** Writes a copy of its databases, and what is only in memory yet, as all of it is at one moment; the files are not there yet. */
  copyTo(files: DataFiles): Promise<void>
  /** Lets the requests that we make end, for some seconds or so many ms; writes the usage and closes the database. */
  close(graceMs?: number): Promise<void>
}

/** What the APIs ask of the server that serves them. */
export type ServerParts = {
  /** Who is told in the audit trail to have made a change. */
  actorOf: (key: LiveKey, request: Request) => Actor
}

export type AppParts = {
  db: Db
  secret: Secret
  /** The host's time; tests have their own. */
  clock: Clock
  /** For development: its clock can be driven, so far in one go. Left out: it is not. */
  dev?: DriveBounds
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
  /** When commits are on disk. Left out: each is by itself, and whoever commits waits for it. */
  journal?: Journal
  /** What is logged of a server's work: `tellsRequests`, each request. Left out: nothing is but failures. */
  serverLog?: { tellsRequests: boolean }
  /** Whether what we have open still stands where others look for it. Left out: it does. */
  watch?: FolderWatch
}

/** The composition root: hands each part what it needs. Owns `db` from here on. */
export function createApp(parts: AppParts): App {
  const { db, secret, addressLimit, egress, sandboxPace, proofsFolder, bcryptCost, ...others } = parts
  const {
    watch = () => null,
    journal = SYNCED_BY_COMMIT,
    runHistoryMs,
    serverLog: logged,
    dev: bounds,
    clock: hostClock,
    ...forRuns
  } = others
  const drivenTime = drivenTimeOf(db)
  const drivenClock =
    bounds || drivenTime
      ? createDrivenClock(hostClock, drivenTime ?? undefined, (time) => keepDrivenTime(db, time))
      : null
  const clock = drivenClock ?? hostClock
  const { onDisk } = journal
  const audit = createAuditTrail({ db, clock })
  const accounts = createAccounts({ db, clock, audit })
  const keys = createKeys({ db, accounts, clock, hostClock, secret, audit, bcryptCost })
  const limits = createLimits(clock)
  const windowStore = createWindowStore(limits, db)
  const webhooks = createWebhooks({
    db,
    clock,
    hostClock,
    audit,
    seal: createSeal(secret, 'webhook secrets'),
    egress: createEgress(egress),
    onDisk,
    onAttempt: (outcome) => metrics.countDelivery(outcome),
  })
  const ledger = createLedger({ db, clock, audit })
  const workers = createWorkers({
    db,
    clock,
    audit,
    verifier: createVerifier(secret),
    keyHash: createKeyHash(bcryptCost),
  })
  const workfunder = createWorkfunder({
    db,
    clock,
    hostClock,
    audit,
    keys,
    ledger,
    webhooks,
    workers,
    sandboxPace,
  })
  const workflows = createWorkflows({
    db,
    clock,
    hostClock,
    audit,
    secret,
    accounts,
    keys,
    onDisk,
    ...forRuns,
    syncs: bounds === undefined,
    egress: createEgress({ ...egress, allowHttp: true }),
  })
  const serverLog = logged ? createServerLog({ clock: hostClock, audit, ...logged }) : null
  const metrics = createMetrics({
    keys,
    runs: workflows.runs,
    onRefusedKey: serverLog?.refusedKey,
  })
  const inbound = createInbound({ db, clock, hostClock, ...workflows })
  const proofFiles = createProofFiles(proofsFolder)
  const proofDownloads = createProofDownloads({ files: proofFiles, urls: createProofUrls({ secret, clock }) })
  const strayFiles = createStrayFiles({ files: proofFiles, isKnown: workfunder.taskWork.isProofFile })

  const countForKey = createKeyCount(keys)
  const recorder = createRecorder({
    clock,
    lookUp: createKeyLookUp(keys, accounts),
    isAddressDue: keys.isAddressDue,
    keepsBodies: bounds !== undefined,
    onAnswered(exchange) {
      countForKey(exchange)
      serverLog?.answered(exchange)
    },
  })
  const viewOf = createRequestViews({ keys, accounts, clock })
  const keptAnswers = createKeptAnswers<LiveKey>({
    changes: createAnswerChangeCount(db),
    audienceOf: ({ account, environment }) =>
      environment === null ? account.id : `${account.id} ${environment}`,
  })
  let ownUrl: (() => string) | null = null
  const fileUrl = (proof: Proof) => ownUrl && proofDownloads.urlOf(proof, ownUrl())
  const apis: App['apis'] = ({ actorOf }) => [
    {
      ...aboutWorkflows,
      dialect: workflowsDialect,
      endpoints: workflowsEndpoints({ ...workflows, actorOf }),
    },
    {
      ...aboutWorkfunder,
      dialect: workfunderDialect,
      endpoints: [
        ...workfunderEndpoints({ ...workfunder, fileUrl, actorOf }),
        ...workerEndpoints(workers),
        ...webhookEndpoints({ webhooks, actorOf, refuseEnded: keys.refuseEnded }),
      ],
    },
  ]

  const lostFiles = createLostFiles(db, watch)
  const lockWait = createLockWait(db)
  const lookForForeignWrites = watchForeignWrites(db, () => {
    keys.forget()
    accounts.forget()
    keptAnswers.forget()
  })
  const isWritable = createWriteProbe(db, hostClock)
  const retention = createRetention({
    db,
    clock,
    historyMs: runHistoryMs,
    runs: workflows.runs,
    inbound,
    mocks: workflows.mocks,
  })

  const sessions = createSessions({ db, hostClock, audit })
  const adminParts = {
    accounts,
    keys,
    ledger,
    workers,
    workfunder,
    webhooks,
    fileUrl,
    workflows,
    limits,
    // Their operations are never called: there is no change to tell of.
    apis: lazily(() => apis({ actorOf: (key) => holderOf(key, '') })),
    clock,
    audit,
    secret: { ...createSecretLoss({ db, audit }), ...createRotation({ db, secret, audit }) },
    sessions,
  }
  const adminFor = (actor: Actor) => createAdmin(adminParts, actor)
  const requests = createRequestOperations({ recorder, viewOf, keys, accounts, clock })
  const dev =
    bounds && drivenClock
      ? createDev({
          ...bounds,
          clock: drivenClock,
          hostClock,
          accounts,
          keys,
          limits,
          addressLimit,
          nameOf: createKeyNames({ keys, changes: createChangeCount(db) }),
          webhooks,
          workflows,
          recorder,
          requests,
          messagesIn: (exchange) => ({ ...viewOf(exchange), ...messagesOf(exchange) }),
          sources: dueSources({ clock, limits, accounts, keys, webhooks, workflows, workfunder }),
          async settled() {
            await workflows.schedules.settled()
            await webhooks.allSent()
            await workflows.runs.atRest()
          },
          underWay: () => [
            ...workflows.runs.underWay().map((id) => ({ kind: 'run', id })),
            ...webhooks.underWay().map((id) => ({ kind: 'delivery', id })),
          ],
          async tidy() {
            await Promise.all([retention.forgetRuns(), retention.forgetEvents(), retention.forgetMockCalls()])
          },
        })
      : null

  const turns = createMaintenance({
    db,
    hostClock,
    isTimeHeld: () => drivenClock?.isHeld() === true,
    lockWait,
    journal,
    keys,
    limits,
    windowStore,
    recorder,
    lostFiles,
    lookForForeignWrites,
    workflows,
    retention,
    workfunder,
    webhooks,
    strayFiles,
    serverLog,
  })

  return {
    clock,
    hostClock,
    serveAt(url) {
      ownUrl = url
    },
    apis,
    accounts,
    sessions,
    keys,
    limits,
    workfunder,
    workers,
    portal: { taskWork: workfunder.taskWork, files: proofFiles },
    proofDownloads,
    webhooks,
    ledger,
    metrics,
    lockWait,
    onDisk,
    keptAnswers,
    recorder,
    admissions: createAdmissions({ keys, limits, clock, addressLimit }),
    admin: adminFor(operator(ownName(), 'folder')),
    adminFor,
    viewOf,
    requests,
    dev: dev?.operations ?? null,
    devServices: dev?.services ?? null,
    stopDriving: async () => dev?.close(),
    portalAdmissions: createPortalAdmissions({ workers, limits, addressLimit }),
    workflows,
    inbound,
    inboundAdmissions: createInboundAdmissions(limits),
    turns,
    tick() {
      for (const turn of turns) turn()
    },
    isReady: () =>
      lostFiles.areNone() &&
      isCurrent(db.$client, migrations) &&
      isWritable() &&
      journal.isTrusted() &&
      workflows.runs.isReady(),
    restoreWindows: windowStore.restore,
    saveWindows: windowStore.saveAll,
    async copyTo(files) {
      await keys.storeUsage()
      const copyRuns = await workflows.runs.copier()
      keys.storeRevocations()
      windowStore.saveAll()
      // Both begin in this turn: what either has of a run is what a crash at this moment would leave.
      await allEnded([copyRuns?.(files.runs) ?? Promise.resolve(), copyDatabase(db, files.database)])
    },
    async close(graceMs) {
      await dev?.close()
      retention.close()
      try {
        await allEnded([webhooks.close(graceMs), workflows.close(graceMs), strayFiles.close()])
      } finally {
        try {
          keys.storeRevocations()
          await keys.storeUsage()
          serverLog?.close()
        } finally {
          await journal.close()
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
