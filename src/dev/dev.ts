import { createClockOperations } from './clock.ts'
import { createDrive, type DriveParts } from './drive.ts'

/**
 * What a developer may do with a server that runs under `--dev`, the same over HTTP and from the command line: operations
 * by noun, each with one input, `dev.clock.freeze()`. Over the admin socket it is called clock.freeze.
 */
export type Dev = ReturnType<typeof createDev>['operations']

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
