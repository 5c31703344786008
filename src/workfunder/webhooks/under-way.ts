import { mayTakePlace } from '../../lib/fair-places.ts'
import type { DeliveryRow, Receiver } from './delivery-store.ts'

/**
 * Each one under way holds a socket and a few KB. Accounts share the places (fair-places.ts); Bun has 256 requests under
 * way at most, and those of workflows have the others (api-request.ts). An account's two receivers, live and test, do not
 * hold up each other.
 */
const UNDER_WAY_MAX = 96
const UNDER_WAY_RESERVE = 80
export const UNDER_WAY_PER_RECEIVER_MAX = 8

/** For all late receivers together, those that did not answer in time: half of the places stay for others. */
const UNDER_WAY_OF_LATE_MAX = UNDER_WAY_MAX / 2

/** The deliveries that are under way, and which receivers may have more: from the choice to send until the outcome is written. */
export function createUnderWay() {
  /** By task, so that nothing is sent twice while the disk is full. */
  const byTask = new Map<string, UnderWay>()
  /** Receivers that did not answer in time, and have taken nothing since; whose turn was longest ago stands first. */
  const late = new Set<string>()

  function count(isOf: (one: UnderWay) => boolean): number {
    let found = 0
    for (const one of byTask.values()) if (isOf(one)) found += 1
    return found
  }

  return {
    isFull: (): boolean => byTask.size === UNDER_WAY_MAX,
    has: (taskId: string): boolean => byTask.has(taskId),
    tasks: (): string[] => [...byTask.keys()],
    /** The ids of the deliveries. */
    ids: (): string[] => [...byTask.values()].map(({ delivery }) => delivery.id),

    add(delivery: DeliveryRow): void {
      const receiver = nameOf(delivery)
      byTask.set(delivery.taskId, { delivery, receiver, isWantedAgain: false })
      if (late.delete(receiver)) late.add(receiver)
    },

    remove: (taskId: string): void => void byTask.delete(taskId),

    /** The delivery was made due meanwhile. */
    wantAgain({ id, taskId }: Pick<DeliveryRow, 'id' | 'taskId'>): void {
      const one = byTask.get(taskId)
      if (one?.delivery.id === id) one.isWantedAgain = true
    },
    isWantedAgain: (taskId: string): boolean => byTask.get(taskId)?.isWantedAgain === true,

    wasLate: (receiver: Receiver): void => void late.add(nameOf(receiver)),
    wasInTime: (receiver: Receiver): void => void late.delete(nameOf(receiver)),

    /**
     * Whether the receiver may have one more under way: one at a time where it was late. Its first it gets whatever its
     * account has; but of the reserve an account with two receivers has no second share.
     */
    mayStart(receiver: Receiver): boolean {
      const free = UNDER_WAY_MAX - byTask.size
      const name = nameOf(receiver)
      const held = count((other) => other.receiver === name)
      if (late.has(name)) {
        return free > 0 && held === 0 && count((other) => late.has(other.receiver)) < UNDER_WAY_OF_LATE_MAX
      }
      const heldOfAccount = held && count(({ delivery }) => delivery.accountId === receiver.accountId)
      return held < UNDER_WAY_PER_RECEIVER_MAX && mayTakePlace(heldOfAccount, free, UNDER_WAY_RESERVE)
    },

    /**
     * In the order in which they are served. Late ones by their turns, for otherwise those with the oldest deliveries would
     * have all the places of late ones. They stand before the others, who have the other half of the places to themselves.
     */
    inTurn(receivers: readonly Receiver[]): Iterable<Receiver> {
      if (late.size === 0) return receivers
      const byName = new Map(receivers.map((receiver) => [nameOf(receiver), receiver]))
      return new Set([...[...late].flatMap((name) => byName.get(name) ?? []), ...receivers])
    },
  }
}

// --- internal ---

/** `receiver`: its name. */
type UnderWay = { delivery: DeliveryRow; receiver: string; isWantedAgain: boolean }

function nameOf({ accountId, environment }: Receiver): string {
  return `${accountId} ${environment}`
}
