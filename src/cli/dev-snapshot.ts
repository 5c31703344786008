import { defineCommand } from 'citty'
import { createSnapshotFiles, type Snapshot } from '../dev/snapshot-files.ts'
import { adminArgs, folderOf, listArgs } from './admin-args.ts'
import { type Column, renderTable } from './table.ts'
import { print, printJson, printText, readableTime, tell } from './terminal.ts'
import { withDev } from './with-dev.ts'

const NAME_ARG = {
  type: 'positional',
  required: true,
  description: 'Its name, 1 to 64 of A-Z a-z 0-9 . _ -',
} as const

const save = snapshotCommand('save', 'Keep what the server holds now under a name', 'Saved')
const restore = snapshotCommand('restore', 'Go back to what was saved', 'Restored')
const remove = snapshotCommand('delete', 'Delete a snapshot', 'Deleted')

const list = defineCommand({
  meta: {
    name: 'list',
    description: 'List snapshots, also without a server',
    examples: ['keyward dev snapshot list', 'keyward dev snapshot list --json'],
  },
  args: listArgs,
  async run({ args }) {
    const snapshots = await createSnapshotFiles(folderOf(args)).list()
    if (args.json) return printJson(snapshots)
    if (snapshots.length === 0) return tell('No snapshots.')
    printText(renderTable(COLUMNS, snapshots.map(row)))
  },
})

export const snapshot = defineCommand({
  meta: { name: 'snapshot', description: 'Save, restore, list and delete snapshots of all of the data' },
  subCommands: { save, restore, list, delete: remove },
})

// --- internal ---

const COLUMNS: readonly Column[] = [
  { title: 'NAME', rank: 1 },
  { title: 'SAVED', rank: 2 },
  { title: 'KB', rank: 3 },
]

function row({ name, savedAt, bytes }: Snapshot): string[] {
  return [name, readableTime(savedAt, ''), String(Math.ceil(bytes / 1000))]
}

function snapshotCommand(name: 'save' | 'restore' | 'delete', description: string, done: string) {
  return defineCommand({
    meta: {
      name,
      description,
      examples: [`keyward dev snapshot ${name} NAME`, `keyward dev snapshot ${name} NAME --json`],
    },
    args: { name: NAME_ARG, ...adminArgs },
    async run({ args }) {
      const answer = await withDev(folderOf(args), (dev) => dev.snapshots[name]({ name: args.name }))
      if (args.json) printJson(answer)
      else print(`${done}: snapshot ${answer.name}.`)
    },
  })
}
