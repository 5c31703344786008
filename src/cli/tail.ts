import { defineCommand } from 'citty'
import type { ListedRequest } from '../admin/requests.ts'
import { wantsColor } from '../config.ts'
import { invalid } from '../errors.ts'
import { adminArgs, folderOf } from './admin-args.ts'
import { askServer } from './connect.ts'
import { EXIT } from './exit-codes.ts'
import { keyWord } from './key-words.ts'
import { messageLines } from './message-lines.ts'
import { NoServer } from './no-server.ts'
import { wholeNumber } from './number-args.ts'
import { requestLine } from './request-line.ts'
import { sinceOf } from './since-arg.ts'
import { printJsonLine, printText, tell } from './terminal.ts'

const LAST_DEFAULT = 10
const LAST_MAX = 1000

export const tail = defineCommand({
  meta: {
    name: 'tail',
    description: 'Show the requests of a running server as they are answered, and why they were refused',
    examples: ['keyward tail --status 4xx', 'keyward tail --key KEY --last 1 --once --json'],
  },
  args: {
    key: {
      type: 'string',
      valueHint: 'key',
      description: 'Only with this key: its id, its first 20 characters, or - for the whole key on stdin',
    },
    account: { type: 'string', valueHint: 'id', description: 'Only with this account’s keys' },
    id: { type: 'string', valueHint: 'id', description: 'Only the one whose answer has this X-Request-Id' },
    status: { type: 'string', valueHint: '4xx', description: 'Only with this status: 404, or 4xx' },
    path: {
      type: 'string',
      valueHint: 'path',
      description: 'Only where the path begins so; * stands for anything',
    },
    since: {
      type: 'string',
      valueHint: '10m',
      description: 'Only from then on: a duration, or a time such as 2026-11-21T09:00:00Z',
    },
    last: {
      type: 'string',
      valueHint: 'n',
      description: `First the last so many that match, at most ${LAST_MAX} (default: ${LAST_DEFAULT})`,
    },
    bodies: { type: 'boolean', description: 'With headers and bodies, of a server under --dev' },
    once: { type: 'boolean', description: 'End after those' },
    data: adminArgs.data,
    json: { type: 'boolean', description: 'Print one JSON value a line, for programs' },
  },
  async run({ args }) {
    const folder = folderOf(args)
    const last = lastOf(args.last)
    const filter = {
      key: args.key === undefined ? undefined : await keyWord(args.key),
      accountId: args.account,
      requestId: args.id,
      status: args.status,
      path: args.path,
      ...sinceOf(args.since),
      ...(args.bodies && { bodies: true }),
    }
    const ask = (last: number) =>
      askServer(folder, async ({ requests }) => {
        if (!args.once) return requests.follow({ ...filter, last })
        return last === 0 ? [] : (await requests.list({ ...filter, limit: last })).reverse()
      })
    let answer = await ask(last)
    if (typeof answer === 'string') throw new NoServer(folder)
    const isPainted = wantsColor(process.stdout)
    do {
      for await (const view of answer) {
        if (args.json) printJsonLine(view)
        else printText(linesOf(view, isPainted).join('\n'))
      }
      if (args.once) return EXIT.done
      // Ended, and there all the same: its data was replaced, and with it the requests that it remembers.
      answer = await ask(LAST_MAX)
    } while (typeof answer !== 'string')
    tell('The server has stopped.')
    return EXIT.noServer
  },
})

// --- internal ---

function linesOf(request: ListedRequest, isPainted: boolean): string[] {
  const { request: sent = null, response = null } = request
  const messages = 'request' in request ? messageLines({ request: sent, response }) : []
  return [requestLine(request, isPainted), ...messages]
}

function lastOf(text: string | undefined): number {
  if (text === undefined) return LAST_DEFAULT
  const last = wholeNumber('--last', text)
  if (last > LAST_MAX) throw invalid('--last', `must be at most ${LAST_MAX}`)
  return last
}
