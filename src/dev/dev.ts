import type { Accounts } from '../accounts/accounts.ts'
import type { RequestOperations } from '../admin/requests.ts'
import type { Admissions } from '../admission.ts'
import type { Clock } from '../clock.ts'
import type { Faults } from '../http/fault.ts'
import type { Keys } from '../keys/keys.ts'
import type { Limits } from '../limits/limits.ts'
import type { Exchange } from '../requests/exchange.ts'
import type { Recorder } from '../requests/recorder.ts'
import type { Workflows } from '../workflows/workflows.ts'
import type { Webhooks } from '../workfunder/webhooks/webhooks.ts'
import { createClockOperations } from './clock.ts'
import { createLateDoor, type LateDoor } from './door.ts'
import { createDrive, type DriveParts } from './drive.ts'
import { createExchangeOperations, type ExchangeView } from './exchanges.ts'
import { createFaults } from './faults.ts'
import { createInboundOperations } from './inbound.ts'
import { createOwnAdmissions } from './own-admissions.ts'
import { createProviderSigner } from './provider-signer.ts'
import type { StateOperations } from './states.ts'
import { createWaiting } from './waiting.ts'
import { createWebhookOperations } from './webhooks.ts'

/**
 * What a developer may do with a server that runs under `--dev`, the same over HTTP and from the command line: operations
 * by noun, each with one input, `dev.clock.freeze()`. Over the admin socket it is called clock.freeze.
 */
export type Dev = AppDev & StateOperations

/** What an app offers of it. All that is set here is gone when other data takes the place of the app's (states.ts). */
export type AppDev = ReturnType<typeof createDev>['operations']

/** What the server does for whoever develops against it. */
export type DevServices = {
  /** Lets requests go wrong. */
  faults: Faults
  /** For the requests that the server makes to itself, and how those are admitted that bring a key. */
  door: LateDoor
  ownAdmissions: Admissions
  /** Ends what waits at a developer's word. */
  endWaiting(): void
  /** The same, and what would wait from here on: the server stops. */
  release(): void
}

export type DevParts = DriveParts & {
  hostClock: Clock
  accounts: Accounts
  keys: Keys
  limits: Limits
  addressLimit: number
  /** The name that a key has now. */
  nameOf: (keyId: string) => string | null
  webhooks: Webhooks
  workflows: Pick<Workflows, 'connections'>
  recorder: Pick<Recorder, 'exchanges'>
  requests: Pick<RequestOperations, 'show'>
  /** A request in words, with headers and bodies. */
  messagesIn: (exchange: Exchange) => ExchangeView
}

export function createDev(parts: DevParts) {
  const drive = createDrive(parts)
  const waiting = createWaiting()
  const door = createLateDoor()
  const faults = createFaults({ ...parts, waiting })
  const sign = createProviderSigner({ ...parts, ...parts.workflows })
  const services: DevServices = {
    faults,
    door,
    ownAdmissions: createOwnAdmissions(parts),
    endWaiting: waiting.end,
    release: waiting.release,
  }
  const operations = {
    clock: createClockOperations(parts.clock, drive),
    faults: faults.operations,
    webhooks: createWebhookOperations(parts),
    inbound: createInboundOperations({ ...parts, sign, door }),
    exchanges: createExchangeOperations({ ...parts, sign, door, waiting }),
  }
  return {
    operations,
    services,
    /** Ends what takes long. */
    close: drive.close,
  }
}
