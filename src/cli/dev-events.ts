import { defineCommand } from 'citty'
import { adminArgs, folderOf } from './admin-args.ts'
import { jsonObjectOf } from './json-arg.ts'
import { print, printJson } from './terminal.ts'
import { withDev } from './with-dev.ts'

const accountArg = {
  account: { type: 'string', valueHint: 'id', description: 'Of this account (default: the only one)' },
} as const

const send = defineCommand({
  meta: {
    name: 'send',
    description: 'Send a WorkFunder event of one’s own, signed, to the webhook target of the account',
    examples: [
      'keyward dev webhooks send task.completed',
      'keyward dev webhooks send task.completed --payload \'{"id":"task-1","status":"completed"}\'',
    ],
  },
  args: {
    event: { type: 'positional', required: true, description: 'The event, as in task.completed' },
    payload: { type: 'string', valueHint: 'json', description: 'Its data, or - for stdin (default: {})' },
    environment: { type: 'string', valueHint: 'live|test', description: 'Whose target (default: test)' },
    ...accountArg,
    ...adminArgs,
  },
  async run({ args }) {
    const input = {
      event: args.event,
      data: args.payload === undefined ? undefined : await jsonObjectOf('--payload', args.payload),
      environment: args.environment,
      accountId: args.account,
    }
    const sent = await withDev(folderOf(args), (dev) => dev.webhooks.send(input))
    if (args.json) return printJson(sent)
    const [attempt] = sent.attempts
    const outcome = attempt
      ? (attempt.error ?? `the receiver answered ${attempt.responseStatus}`)
      : 'no answer yet'
    print(`Sent: ${sent.event}, delivery ${sent.id} is ${sent.status}: ${outcome}.`)
  },
})

export const webhooks = defineCommand({
  meta: { name: 'webhooks', description: 'Send WorkFunder events of one’s own' },
  subCommands: { send },
})

export const inbound = defineCommand({
  meta: {
    name: 'inbound',
    description: 'Let an event of Stripe or JustPaid arrive, signed as they sign',
    examples: [
      'keyward dev inbound stripe \'{"id":"evt_1","type":"invoice.paid"}\'',
      'keyward dev inbound justpaid -',
    ],
  },
  args: {
    provider: { type: 'positional', required: true, description: 'stripe or justpaid' },
    event: { type: 'positional', required: true, description: 'The event as JSON, or - for stdin' },
    ...accountArg,
    ...adminArgs,
  },
  async run({ args }) {
    const event = await jsonObjectOf('EVENT', args.event)
    const input = { provider: args.provider, event, accountId: args.account }
    const answer = await withDev(folderOf(args), (dev) => dev.inbound.send(input))
    if (args.json) printJson(answer)
    else
      print(
        `Arrived: request ${answer.requestId} was answered ${answer.status} ${JSON.stringify(answer.body)}`,
      )
  },
})
