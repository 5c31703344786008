import { defineCommand } from 'citty'
import { clock } from './dev-clock.ts'
import { inbound, webhooks } from './dev-events.ts'
import { requests } from './dev-exchanges.ts'
import { faults } from './dev-faults.ts'

/** What drives a server that runs under --dev; each command calls an operation of src/dev over the admin socket. */
export const dev = defineCommand({
  meta: {
    name: 'dev',
    description: 'Drive a server that runs under --dev: its clock, what goes wrong, what comes in',
  },
  subCommands: { clock, faults, webhooks, inbound, requests },
})
