import { defineCommand } from 'citty'
import { wantsColor } from '../config.ts'
import type { ExchangeView } from '../dev/exchanges.ts'
import { adminArgs, folderOf } from './admin-args.ts'
import { durationMs } from './duration-args.ts'
import { jsonObjectOf, jsonOf } from './json-arg.ts'
import { keyWord } from './key-words.ts'
import { messageLines } from './message-lines.ts'
import { limitOf } from './number-args.ts'
import { requestLine } from './request-line.ts'
import { print, printJson, printText, tell } from './terminal.ts'
import { withDev } from './with-dev.ts'

const find = defineCommand({
  meta: {
    name: 'find',
    description: 'Show the newest requests that match, with headers and bodies, or wait for the first one',
    examples: [
      'keyward dev requests find --status 429 --limit 1',
      'keyward dev requests find --path /v1/tasks --wait 5s --json',
    ],
  },
  args: {
    key: {
      type: 'string',
      valueHint: 'key',
      description: 'Only with this key: its id, its first 20 characters, or - for the whole key on stdin',
    },
    status: { type: 'string', valueHint: '4xx', description: 'Only with this status: 404, or 4xx' },
    path: {
      type: 'string',
      valueHint: 'path',
      description: 'Only where the path begins so; * stands for anything',
    },
    account: { type: 'string', valueHint: 'id', description: 'Only with this account’s keys' },
    after: {
      type: 'string',
      valueHint: 'id',
      description: 'Only those that came after the one with this id',
    },
    limit: { type: 'string', valueHint: 'n', description: 'The newest so many, at most 20 (default: 20)' },
    wait: {
      type: 'string',
      valueHint: '5s',
      description: 'Where there is none, wait so long for the first one',
    },
    ...adminArgs,
  },
  async run({ args }) {
    const input = {
      key: args.key === undefined ? undefined : await keyWord(args.key),
      status: args.status,
      path: args.path,
      accountId: args.account,
      after: args.after,
      limit: limitOf(args.limit),
      waitMs: args.wait === undefined ? undefined : durationMs('--wait', args.wait),
    }
    const found = await withDev(folderOf(args), (dev) => dev.exchanges.find(input))
    if (args.json) return printJson(found)
    if (found.length === 0) return tell('No such request.')
    for (const view of found) printExchange(view)
  },
})

const replay = defineCommand({
  meta: {
    name: 'replay',
    description: 'Make a request once more with the key that it came with, as it was or changed',
    examples: [
      'keyward dev requests replay 3f0c1b2a-5',
      'keyward dev requests replay 3f0c1b2a-5 --path /v1/tasks --body \'{"title":"Other"}\'',
    ],
  },
  args: {
    id: { type: 'positional', required: true, description: 'The X-Request-Id of its answer' },
    method: { type: 'string', valueHint: 'POST', description: 'With this method' },
    path: { type: 'string', valueHint: 'path', description: 'At this path, with its query' },
    headers: {
      type: 'string',
      valueHint: 'json',
      description: 'With these headers besides, as {"X-A":"b"}; null leaves one out',
    },
    body: { type: 'string', valueHint: 'json', description: 'With this body, or - for stdin' },
    ...adminArgs,
  },
  async run({ args }) {
    const edit = {
      method: args.method?.toUpperCase(),
      path: args.path,
      headers: args.headers === undefined ? undefined : await jsonObjectOf('--headers', args.headers),
      body: args.body === undefined ? undefined : await jsonOf('--body', args.body),
    }
    const view = await withDev(folderOf(args), (dev) => dev.exchanges.replay({ id: args.id, edit }))
    if (args.json) printJson(view)
    else printExchange(view)
  },
})

export const requests = defineCommand({
  meta: { name: 'requests', description: 'Find the last requests, and make one again' },
  subCommands: { find, replay },
})

// --- internal ---

function printExchange(view: ExchangeView): void {
  printText(`${requestLine(view, wantsColor(process.stdout))}  ${view.requestId}`)
  for (const line of messageLines(view)) print(line)
}
