import { lstatSync, readdirSync, statfsSync } from 'node:fs'
import { join } from 'node:path'
import { defineCommand } from 'citty'
import type { ServerStatus } from '../admin/server.ts'
import { createSystemClock } from '../clock.ts'
import type { DataFolder } from '../data-folder/folder.ts'
import { type Counts, glance } from '../db/glance.ts'
import { readableBytes } from '../lib/readable-bytes.ts'
import { readableDuration } from '../lib/readable-duration.ts'
import { adminArgs, folderOf } from './admin-args.ts'
import { askServer } from './connect.ts'
import { EXIT } from './exit-codes.ts'
import { print, printJson } from './terminal.ts'

export const status = defineCommand({
  meta: {
    name: 'status',
    description:
      'Show whether a server runs on the data folder, and what the folder holds; exit code 3 where none runs',
    examples: ['keyward status', 'keyward status --data /var/lib/keyward --json'],
  },
  args: { ...adminArgs },
  async run({ args }) {
    const folder = folderOf(args)
    const server = await askServer(folder, (admin) => admin.server.status())
    const view = { ...serverFields(server), dataFolder: folder.path, ...holdings(folder) }
    if (args.json) printJson(view)
    else for (const [name, value] of rows(view)) print(`${name.padEnd(NAME_WIDTH)}${value}`)
    return view.server === 'up' ? EXIT.done : EXIT.noServer
  },
})

// --- internal ---

const NAME_WIDTH = 'Data folder  '.length

type Holdings = {
  /** null: there is no database. */
  counts: Counts | null
  diskBytes: number
  /** null: there is no folder. */
  diskFreeBytes: number | null
}

type View = ReturnType<typeof serverFields> & { dataFolder: string } & Holdings

function serverFields(server: ServerStatus | 'down' | 'silent') {
  if (typeof server !== 'string') return { server: 'up' as const, ...server }
  const times = { startedAt: null, uptimeSeconds: null }
  return { server, version: null, url: null, pid: null, dev: null, ...times, windows: null }
}

function holdings({ path, database }: DataFolder): Holdings {
  const counts = glance(database, (at) => at.counts(createSystemClock().now()))
  return { counts, diskBytes: bytesIn(path), diskFreeBytes: freeBytes(path) }
}

function rows({
  server,
  version,
  url,
  pid,
  uptimeSeconds,
  windows,
  dataFolder,
  counts,
  ...disk
}: View): [string, string][] {
  const SAID = { up: 'up', down: 'down', silent: 'does not answer, though its admin socket is there' }
  const free = disk.diskFreeBytes === null ? '' : `, ${readableBytes(disk.diskFreeBytes)} free`
  const all: [string, string | null][] = [
    ['Server', pid === null ? SAID[server] : `up, version ${version}, process ${pid}`],
    ['Address', url],
    ['Up for', uptimeSeconds === null ? null : readableDuration(uptimeSeconds)],
    ['Data folder', dataFolder],
    ['Accounts', counts && `${counts.accounts}`],
    ['Keys', counts && `${counts.keys} active`],
    ['Windows', windows === null ? null : `${windows}`],
    [
      'Runs',
      counts &&
        `${counts.runs.running} running, ${counts.runs.suspended} suspended, ${counts.runs.pending} pending`,
    ],
    ['Disk', counts ? `${readableBytes(disk.diskBytes)}${free}` : 'there is no Keyward data'],
  ]
  return all.flatMap(([name, value]) => (value === null ? [] : [[name, value] as [string, string]]))
}

/** Of all files in a folder and below. What vanishes or may not be seen meanwhile counts nothing. */
function bytesIn(path: string): number {
  try {
    const found = lstatSync(path)
    if (!found.isDirectory()) return found.size
    return readdirSync(path).reduce((sum, name) => sum + bytesIn(join(path, name)), 0)
  } catch {
    return 0
  }
}

function freeBytes(path: string): number | null {
  try {
    const { bavail, bsize } = statfsSync(path)
    return bavail * bsize
  } catch {
    return null
  }
}
