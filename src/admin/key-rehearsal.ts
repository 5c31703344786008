import { type Category, createAdmissions, type Gate, type GateSpec } from '../admission.ts'
import type { Clock } from '../clock.ts'
import { type Dialect, mountApi } from '../http/api.ts'
import type { Endpoint } from '../http/endpoint.ts'
import type { Keys } from '../keys/keys.ts'
import type { Scope } from '../keys/scopes.ts'
import type { KeyRecord } from '../keys/store.ts'
import type { Limiter } from '../limits/limiter.ts'
import { ADDRESS_LIMIT_DEFAULT, type Limits } from '../limits/limits.ts'
import { createRecorder } from '../requests/recorder.ts'

/** An API with keys, as the server mounts it. */
export type ApiTable = { dialect: Dialect; endpoints: readonly Endpoint[] }

/** What a request met. */
export type Rehearsal = {
  category: Category
  scope: Scope | undefined
  /** The endpoint that would do the work; null where the request was refused before. */
  endpoint: Endpoint | null
  /** The refusal as the client would get it; null: the operation begins. */
  refusal: { status: number; code: string | null } | null
}

type Parts = { keys: Keys; limits: Limits; clock: Clock }

/**
 * Sends a request with a key through an API as the server mounts it: its own routes and gates, with the key taken as
 * proved, windows that are looked at and not counted in, and nothing done behind them.
 * @param perform stands for each operation; refuses by throwing AppError
 */
export async function rehearse(
  { dialect, endpoints }: ApiTable,
  key: KeyRecord,
  request: Request,
  perform: (endpoint: Endpoint) => void,
  { keys, limits, clock }: Parts,
): Promise<Rehearsal> {
  let spec: Pick<Rehearsal, 'category' | 'scope'> | undefined
  let endpoint: Endpoint | null = null
  let isPerformed = false
  const admissions = createAdmissions({
    keys: {
      check: (api) => keys.standingOf(key, api),
      prove: async (api) => keys.standingOf(key, api),
      recordUse: () => undefined,
    },
    limits: lookedAt(limits),
    clock,
    addressLimit: ADDRESS_LIMIT_DEFAULT,
  })
  const app = mountApi({
    dialect: { ...dialect, presentedKey: () => key.prefix },
    endpoints: endpoints.map((one) => ({
      ...one,
      run() {
        endpoint = one
        perform(one)
        isPerformed = true
        return { status: 200, body: null }
      },
    })),
    admissions: {
      gate<Source>(of: GateSpec<Source>): Gate<Source> {
        const gate = admissions.gate(of)
        return (presented, source) => {
          spec = { category: of.category, scope: of.scope }
          return gate(presented, source)
        }
      },
    },
    clock,
    addressOf: () => '',
    // Seen by nobody.
    recorder: createRecorder({ clock }),
    callerOf: () => null,
    // Nothing is written.
    onDisk: async () => undefined,
  })
  const answer = await app.handle(request)
  if (!spec) throw new Error(`no gate of ${dialect.prefix} was asked`)
  const refusal = isPerformed ? null : { status: answer.status, code: codeOf(await answer.json()) }
  return { category: spec.category, scope: spec.scope, endpoint, refusal }
}

// --- internal ---

/** The same windows, in which no request counts. */
function lookedAt(limits: Limits): Limits {
  const still = (limiter: Limiter): Limiter => ({ ...limiter, size: limiter.size, take: limiter.peek })
  return {
    read: still(limits.read),
    write: still(limits.write),
    execute: still(limits.execute),
    workfunder: still(limits.workfunder),
    portal: still(limits.portal),
    address: still(limits.address),
    webhooks: still(limits.webhooks),
  }
}

/** Both vendors have it in the same place. */
function codeOf(body: unknown): string | null {
  const { error } = body as { error?: { code?: string } }
  return error?.code ?? null
}
