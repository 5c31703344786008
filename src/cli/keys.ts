import { defineCommand } from 'citty'
import { addresses } from './key-addresses.ts'
import { disable, enable, rename } from './key-changes.ts'
import { create } from './key-create.ts'
import { explain } from './key-explain.ts'
import { list } from './key-list.ts'
import { revoke } from './key-revoke.ts'
import { rotate } from './key-rotate.ts'
import { show } from './key-show.ts'
import { usage } from './key-usage.ts'
import { verify } from './key-verify.ts'

export const keys = defineCommand({
  meta: {
    name: 'keys',
    description: 'Create, list, show, rotate, revoke, verify and explain keys, and see their usage',
  },
  subCommands: {
    create,
    list,
    show,
    usage,
    addresses,
    rotate,
    rename,
    disable,
    enable,
    revoke,
    verify,
    explain,
  },
})
