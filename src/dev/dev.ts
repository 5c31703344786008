import { createClockOperations } from './clock.ts'
import type { DrivenClock } from './driven-clock.ts'
import type { createFaults } from './faults.ts'

/**
 * What a developer may do with a server that runs under `--dev`, the same over HTTP and from the command line: operations
 * by noun, each with one input, `dev.clock.freeze()`. Over the admin socket it is called clock.freeze.
 */
export type Dev = ReturnType<typeof createDev>

export type DevParts = { clock: DrivenClock; faults: ReturnType<typeof createFaults> }

export function createDev({ clock, faults }: DevParts) {
  return {
    clock: createClockOperations(clock),
    faults: faults.operations,
  }
}
