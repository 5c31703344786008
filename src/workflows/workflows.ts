import type { Accounts } from '../accounts/accounts.ts'
import type { AuditTrail } from '../audit/trail.ts'
import type { Clock } from '../clock.ts'
import { createSeal } from '../data-folder/seal.ts'
import type { Secret } from '../data-folder/secret.ts'
import type { OnDisk } from '../db/on-disk.ts'
import type { Db } from '../db/open.ts'
import { markerNonceOf } from '../db/secret-record.ts'
import type { Egress } from '../egress/egress.ts'
import { AppError } from '../errors.ts'
import type { Keys } from '../keys/keys.ts'
import { logFailure } from '../log.ts'
import { createApiKeys } from './api/api-keys.ts'
import { createConnections } from './connections/connections.ts'
import { createDefinitions } from './definitions/definitions.ts'
import { createOversight } from './definitions/oversight.ts'
import { createSchemaChecker } from './json-schema/schema-checker.ts'
import { createMocks } from './mocks/mocks.ts'
import type { StartRun } from './runs/run.ts'
import { createRuns } from './runs/runs.ts'
import { createSandbox } from './sandbox/sandbox.ts'
import { createSchedules } from './schedules/schedules.ts'
import { createSecrets } from './secrets/secrets.ts'
import { createPerformers } from './steps/kinds.ts'

export type Workflows = ReturnType<typeof createWorkflows>

type Parts = {
  db: Db
  clock: Clock
  hostClock: Clock
  audit: AuditTrail
  secret: Secret
  accounts: Accounts
  keys: Keys
  onDisk: OnDisk
  egress: Egress
  /** Where the engine keeps what steps did. */
  runsFile: string
  /** Whether what they did survives a power cut. */
  syncs: boolean
  /** What templates see as `env`. */
  workflowEnv: Readonly<Record<string, string>>
}

/** The Workflows API's operations, wired: definitions and what they need, their runs and what starts them. */
export function createWorkflows({
  db,
  clock,
  hostClock,
  audit,
  secret,
  accounts,
  keys,
  onDisk,
  egress,
  ...settings
}: Parts) {
  const schemas = createSchemaChecker()
  const definitions = createDefinitions({
    db,
    clock,
    schemas,
    onChange: (...change) => schedules.follow(...change),
  })
  const secrets = createSecrets({
    db,
    clock,
    seal: createSeal(secret, 'workflow secrets'),
    definitions,
  })
  const connections = createConnections({
    db,
    clock,
    seal: createSeal(secret, 'connection credentials'),
  })
  const mocks = createMocks({ db, clock })
  const sandbox = createSandbox()
  function refuseSuspended(accountId: string): void {
    if (accounts.find(accountId).status === 'active') return
    throw new AppError('CONFLICT', 'The account is suspended')
  }
  const runs = createRuns({
    db,
    clock,
    onDisk,
    audit,
    enginePath: settings.runsFile,
    syncs: settings.syncs,
    env: settings.workflowEnv,
    maskNonce: markerNonceOf(db, secret.derive('secret markers').toString('hex')),
    workflowOf: definitions.get,
    refuseSuspended,
    definitionOf: definitions.version,
    secretsOf: secrets.open,
    secretNames: secrets.names,
    hasConnection: connections.isActive,
    schemas,
    performers: createPerformers({ egress, sandbox, mocks }),
  })
  /** For what needs no key: an account that is suspended starts nothing. */
  const startRun: StartRun = async (start) => {
    refuseSuspended(start.accountId)
    return runs.start(start)
  }
  const schedules = createSchedules({ db, clock, hostClock, startRun, isBusy: runs.isBusy })

  return {
    apiKeys: createApiKeys({ keys }),
    definitions,
    oversight: createOversight({ db, definitions, audit }),
    connections,
    secrets,
    mocks,
    runs,
    schedules,
    startRun,

    /** Starts all threads, before there is work for them. Never rejects: what fails now is tried when it is needed. */
    async startThreads(): Promise<void> {
      await started('the engine', runs.prepareEngine)
      await started('the thread of schemas', schemas.start)
      await started('the threads of scripts', sandbox.start)
    },

    /** Starts nothing more, and lets the steps that are under way end, for some seconds or so many ms. */
    async close(graceMs?: number): Promise<void> {
      await schedules.settled()
      await runs.close(graceMs)
      sandbox.close()
      schemas.close()
    },
  }
}

// --- internal ---

async function started(what: string, start: () => Promise<void>): Promise<void> {
  await start().catch((error) => logFailure(`the start of ${what}`, error))
}
