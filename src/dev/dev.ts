import { createClockOperations } from './clock.ts'
import { createDrive, type DriveParts } from './drive.ts'
import type { StateOperations } from './states.ts'

/**
 * What a developer may do with a server that runs under `--dev`, the same over HTTP and from the command line: operations
 * by noun, each with one input, `dev.clock.freeze()`. Over the admin socket it is called clock.freeze.
 */
export type Dev = AppDev & StateOperations

/** What an app offers of it. All that is set here is gone when other data takes the place of the app's (states.ts). */
export type AppDev = ReturnType<typeof createDev>['operations']

export type DevParts = DriveParts

export function createDev(parts: DevParts) {
  const drive = createDrive(parts)
  return {
    operations: {
      clock: createClockOperations(parts.clock, drive),
    },
    /** Ends what takes long. */
    close: drive.close,
  }
}
