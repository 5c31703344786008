import { defineCommand } from 'citty'
import { disable, enable, rename } from './key-changes.ts'
import { create } from './key-create.ts'
import { explain } from './key-explain.ts'
import { list } from './key-list.ts'
import { revoke } from './key-revoke.ts'
import { rotate } from './key-rotate.ts'
import { show } from './key-show.ts'
import { verify } from './key-verify.ts'

export const keys = defineCommand({
  meta: { name: 'keys', description: 'Create, list, show, rotate, revoke, verify and explain keys' },
  subCommands: { create, list, show, rotate, rename, disable, enable, revoke, verify, explain },
})
