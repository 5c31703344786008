import { defineCommand } from 'citty'
import { clock } from './dev-clock.ts'
import { inbound, webhooks } from './dev-events.ts'
import { requests } from './dev-exchanges.ts'
import { faults } from './dev-faults.ts'
import { reset } from './dev-reset.ts'
import { exportSeed, seedSchema } from './dev-seed.ts'
import { snapshot } from './dev-snapshot.ts'

/** What drives a server that runs under --dev; each command calls an operation of src/dev over the admin socket. */
export const dev = defineCommand({
  meta: {
    name: 'dev',
    description: 'Drive a server that runs under --dev: its clock, what goes wrong, what comes in, its data',
  },
  subCommands: {
    clock,
    faults,
    webhooks,
    inbound,
    requests,
    reset,
    snapshot,
    'seed-schema': seedSchema,
    export: exportSeed,
  },
})
