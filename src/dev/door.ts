import type { KeyRecord } from '../keys/store.ts'

/** Where requests come in that a developer lets the server make to itself. */
export type Door = {
  /** As from outside. */
  enter(request: Request): Promise<Response>
  /** As from outside with this key, whose secret nobody knows. */
  enterAs(key: KeyRecord, request: Request): Promise<Response>
}

/** The server opens it. */
export type LateDoor = Door & { open(door: Door): void }

export function createLateDoor(): LateDoor {
  let door: Door | null = null

  function opened(): Door {
    if (door === null) throw new Error('the server does not serve yet')
    return door
  }

  return {
    enter: (request) => opened().enter(request),
    enterAs: (key, request) => opened().enterAs(key, request),
    open(by) {
      door = by
    },
  }
}
