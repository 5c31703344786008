import { defineCommand } from 'citty'
import { create } from './key-create.ts'
import { explain } from './key-explain.ts'
import { list } from './key-list.ts'
import { revoke } from './key-revoke.ts'
import { show } from './key-show.ts'
import { verify } from './key-verify.ts'

export const keys = defineCommand({
  meta: { name: 'keys', description: 'Create, list, show, revoke, verify and explain keys' },
  subCommands: { create, list, show, revoke, verify, explain },
})
