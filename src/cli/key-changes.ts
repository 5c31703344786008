import { defineCommand } from 'citty'
import { adminArgs, folderOf } from './admin-args.ts'
import { withAdmin } from './connect.ts'
import { KEY_WORD, keyWord } from './key-words.ts'
import { print, printJson } from './terminal.ts'

const keyArg = {
  key: { type: 'positional', required: true, description: KEY_WORD },
} as const

export const rename = defineCommand({
  meta: {
    name: 'rename',
    description: 'Give a key another name',
    examples: [
      'keyward admin keys rename KEY --name "CI, main branch"',
      'keyward admin keys rename KEY --name CI --json',
    ],
  },
  args: {
    ...keyArg,
    name: { type: 'string', required: true, description: 'What people are to call it' },
    ...adminArgs,
  },
  async run({ args }) {
    const input = { id: await keyWord(args.key), name: args.name }
    const key = await withAdmin(folderOf(args), false, (admin) => admin.keys.rename(input))
    if (args.json) return printJson(key)
    print(`The ${key.api} key ${key.id} is "${key.name}" from now on.`)
  },
})

export const disable = defineCommand({
  meta: {
    name: 'disable',
    description: 'Refuse a key from the next request on, until it is enabled again',
    examples: ['keyward admin keys disable KEY', 'keyward admin keys disable KEY --json'],
  },
  args: { ...keyArg, ...adminArgs },
  async run({ args }) {
    const id = await keyWord(args.key)
    const key = await withAdmin(folderOf(args), false, (admin) => admin.keys.disable({ id }))
    if (args.json) return printJson(key)
    print(`Disabled ${key.api} key "${key.name}" (${key.prefix}…).`)
  },
})

export const enable = defineCommand({
  meta: {
    name: 'enable',
    description: 'Take a key again that was disabled',
    examples: ['keyward admin keys enable KEY', 'keyward admin keys enable KEY --json'],
  },
  args: { ...keyArg, ...adminArgs },
  async run({ args }) {
    const id = await keyWord(args.key)
    const key = await withAdmin(folderOf(args), false, (admin) => admin.keys.enable({ id }))
    if (args.json) return printJson(key)
    print(`Enabled ${key.api} key "${key.name}" (${key.prefix}…).`)
  },
})
