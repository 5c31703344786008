import { createKeySelector } from '../admin/key-selector.ts'
import type { Clock } from '../clock.ts'
import { AppError } from '../errors.ts'
import type { Fault } from '../http/fault.ts'
import type { Keys } from '../keys/keys.ts'
import { beginningOf, isKeyForm, isPrefixForm } from '../keys/token.ts'
import type { Exchange } from '../requests/exchange.ts'
import { createFault, type FaultView, type StandingFault } from './fault.ts'
import { type FaultSpec, readFaultName, readFaultSpec } from './fault-spec.ts'
import { createLatency } from './latency.ts'
import { READY_MADE_FAULTS } from './ready-made-faults.ts'

/** The rest is a `FaultSpec`, or is refused. */
export type SetFaultInput = { name: string; [field: string]: unknown }

export type StandingFaults = ReturnType<typeof createFaults>

type Parts = { keys: Keys; clock: Clock }

/** Each request is held to each of them. */
const FAULTS_MAX = 100

/** How many keys may have the name that a fault is for. */
const NAMESAKES_MAX = 100

/** What a developer lets go wrong, in memory: a fault ends with the server, or before. */
export function createFaults({ keys, clock }: Parts) {
  const latency = createLatency()
  const select = createKeySelector(keys)
  /** In the order in which they were set: the first that strikes does. */
  const faults = new Map<string, StandingFault>()

  async function keyIdsOf(key: string): Promise<string[]> {
    if (isKeyForm(key) || isPrefixForm(key.replace(/…$/, '')) || UUID.test(key))
      return [(await select(key)).id]
    const named = await keys.listAny({ nameGlob: literally(key) }, { order: 'created', limit: NAMESAKES_MAX })
    if (named.length === 0) throw new AppError('NOT_FOUND', 'no key has this id, beginning or name')
    return named.map(({ id }) => id)
  }

  async function made(name: string, spec: FaultSpec): Promise<StandingFault> {
    const key = spec.match?.key
    const keyIds = key === undefined ? null : new Set(await keyIdsOf(key))
    const shown = key !== undefined && isKeyForm(key) ? withBeginningOf(spec, key) : spec
    return createFault({ name, spec: shown, keyIds, clock, wait: latency.wait })
  }

  const operations = {
    list: async (): Promise<FaultView[]> => views(),

    /** In the place of the one of that name, whose count begins anew. @throws INVALID_INPUT, NOT_FOUND for the key, INVALID_STATE */
    async set({ name, ...input }: SetFaultInput): Promise<FaultView> {
      const fault = await made(readFaultName(name), readFaultSpec(input))
      if (!faults.has(name) && faults.size >= FAULTS_MAX)
        throw new AppError('INVALID_STATE', `there are ${FAULTS_MAX} faults already, which is the most`)
      faults.set(name, fault)
      return fault.view()
    },

    /** @throws NOT_FOUND */
    async delete({ name }: { name: string }): Promise<FaultView> {
      const fault = faults.get(name)
      if (!fault) throw new AppError('NOT_FOUND', 'there is no fault of this name')
      faults.delete(name)
      return fault.view()
    },

    /** Ends all of them but the ready-made ones, which begin anew. */
    async clear(): Promise<FaultView[]> {
      const ready = await Promise.all(
        READY_MADE_FAULTS.map(({ name, ...spec }) => made(name, spec).catch(unlessMissing)),
      )
      faults.clear()
      for (const fault of ready) if (fault) faults.set(fault.view().name, fault)
      return views()
    },
  }

  function views(): FaultView[] {
    return [...faults.values()].map((fault) => fault.view())
  }

  return {
    operations,

    strike(exchange: Exchange): Fault | null {
      for (const fault of faults.values()) {
        const struck = fault.strike(exchange)
        if (struck) return struck
      }
      return null
    },

    /** Lets go what a fault holds up, now and from here on: the server stops. */
    release: latency.release,
  }
}

// --- internal ---

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** A pattern of SQLite's GLOB that nothing but this text fits. */
function literally(text: string): string {
  return text.replaceAll(/[*?[]/g, '[$&]')
}

/** A whole key is told by no list. */
function withBeginningOf(spec: FaultSpec, key: string): FaultSpec {
  return { ...spec, match: { ...spec.match, key: beginningOf(key) ?? undefined } }
}

/** An older data folder has no ready-made keys. @throws any other error */
function unlessMissing(error: unknown): null {
  if (error instanceof AppError && error.code === 'NOT_FOUND') return null
  throw error
}
