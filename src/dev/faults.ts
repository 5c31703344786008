import { createKeySelector } from '../admin/key-selector.ts'
import type { Clock } from '../clock.ts'
import { AppError } from '../errors.ts'
import type { Fault } from '../http/fault.ts'
import type { Keys } from '../keys/keys.ts'
import { beginningOf, isKeyForm, isPrefixForm } from '../keys/token.ts'
import type { Exchange } from '../requests/exchange.ts'
import { createFault, type FaultView, type StandingFault } from './fault.ts'
import { type FaultSpec, readFaultName, readFaultSpec } from './fault-spec.ts'
import { READY_MADE_FAULTS } from './ready-made-faults.ts'
import type { Waiting } from './waiting.ts'

/** The rest is a `FaultSpec`, or is refused. */
export type SetFaultInput = { name: string; [field: string]: unknown }

type Parts = {
  keys: Keys
  clock: Clock
  /** The name that a key has now. */
  nameOf: (keyId: string) => string | null
  waiting: Waiting
}

/** Each request is held to each of them. */
const FAULTS_MAX = 100

/** What a developer lets go wrong, in memory: a fault ends with the server, or before. */
export function createFaults({ keys, clock, nameOf, waiting }: Parts) {
  const select = createKeySelector(keys)
  /** In the order in which they were set: the first that strikes does. */
  const faults = new Map<string, StandingFault>()
  clear()

  function made(name: string, spec: FaultSpec, isItsKey: ((id: string) => boolean) | null): StandingFault {
    return createFault({ name, spec, isItsKey, clock, wait: waiting.wait })
  }

  function clear(): void {
    faults.clear()
    for (const { name, ...spec } of READY_MADE_FAULTS)
      faults.set(
        name,
        made(name, spec, (id) => nameOf(id) === spec.match?.key),
      )
  }

  /** @returns as lists show it, and which one it is; null: any */
  async function keyOf(key: string | undefined) {
    if (key === undefined) return { shown: undefined, isItsKey: null }
    if (isKeyForm(key) || isPrefixForm(key.replace(/…$/, '')) || UUID.test(key)) {
      const { id } = await select(key)
      return { shown: isKeyForm(key) ? (beginningOf(key) ?? id) : key, isItsKey: (one: string) => one === id }
    }
    // It may be one that is made later, but then it may be a slip too.
    const [named] = await keys.listAny({ nameGlob: literally(key) }, { order: 'created', limit: 1 })
    if (!named) throw new AppError('NOT_FOUND', 'no key has this id, beginning or name')
    return { shown: key, isItsKey: (one: string) => nameOf(one) === key }
  }

  const operations = {
    list: async (): Promise<FaultView[]> => views(),

    /** In the place of the one of that name, whose count begins anew. @throws INVALID_INPUT, NOT_FOUND for the key, INVALID_STATE */
    async set({ name, ...input }: SetFaultInput): Promise<FaultView> {
      const spec = readFaultSpec(input)
      const { shown, isItsKey } = await keyOf(spec.match?.key)
      const match = shown === undefined ? spec.match : { ...spec.match, key: shown }
      const fault = made(readFaultName(name), { ...spec, match }, isItsKey)
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
      clear()
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
  }
}

// --- internal ---

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** A pattern of SQLite's GLOB that nothing but this text fits. */
function literally(text: string): string {
  return text.replaceAll(/[*?[]/g, '[$&]')
}
