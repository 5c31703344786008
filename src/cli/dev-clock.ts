import { defineCommand } from 'citty'
import type { AdvanceInput, AdvanceView, ClockView } from '../dev/clock.ts'
import type { Dev } from '../dev/dev.ts'
import { parseDuration } from '../lib/duration-text.ts'
import { adminArgs, folderOf } from './admin-args.ts'
import { pasteable } from './program.ts'
import { print, printJson, readableTime, tell } from './terminal.ts'
import { withDev } from './with-dev.ts'

const advance = defineCommand({
  meta: {
    name: 'advance',
    description: 'Let time pass at once; all that comes due on the way happens, in order',
    examples: ['keyward dev clock advance 31d', 'keyward dev clock advance 2027-01-01T00:00:00Z --json'],
  },
  args: {
    time: {
      type: 'positional',
      required: true,
      valueHint: '31d',
      description: 'By how much, or to what time: a duration, or a time such as 2027-01-01T00:00:00Z',
    },
    ...adminArgs,
  },
  async run({ args }) {
    const advanced = await withDev(folderOf(args), (dev) => advanceAll(dev, inputOf(args.time)))
    if (args.json) return printJson(advanced)
    for (const line of advanceLines(advanced)) print(line)
    if (advanced.remaining > 0) tell(stopLine(advanced))
  },
})

export const clock = defineCommand({
  meta: { name: 'clock', description: 'Show, advance, freeze and resume the server’s clock' },
  subCommands: {
    show: clockCommand('show', 'Show what time it is for the server'),
    advance,
    freeze: clockCommand('freeze', 'Let time stand still'),
    resume: clockCommand('resume', 'Let time run on from where it stands'),
  },
})

// --- internal ---

function clockCommand(name: 'show' | 'freeze' | 'resume', description: string) {
  return defineCommand({
    meta: {
      name,
      description,
      examples: [`keyward dev clock ${name}`, `keyward dev clock ${name} --json`],
    },
    args: adminArgs,
    async run({ args }) {
      const view = await withDev(folderOf(args), (dev) => dev.clock[name]())
      if (args.json) printJson(view)
      else print(clockLine(view))
    },
  })
}

function clockLine({ now, frozen }: ClockView): string {
  return `${readableTime(now, '')}${frozen ? ', frozen' : ''}`
}

/** What is neither is told of by the server. */
function inputOf(time: string): AdvanceInput {
  return parseDuration(time) === null && /^\d{4}-/.test(time) ? { to: time } : { by: time }
}

/** One call goes so far and no further: it goes on until the time has passed, or something keeps it from passing. */
async function advanceAll({ clock }: Dev, input: AdvanceInput): Promise<AdvanceView> {
  const all: AdvanceView['fired'] = []
  let last = await clock.advance(input)
  all.push(...last.fired)
  while (last.remaining > 0 && last.stopped !== 'underWay' && last.fired.length > 0) {
    last = await clock.advance({ by: last.remaining })
    all.push(...last.fired)
  }
  return { ...last, fired: all }
}

function advanceLines({ now, fired }: AdvanceView): string[] {
  const counts = [...Map.groupBy(fired, ({ kind }) => kind)].map(([kind, those]) => `${those.length} ${kind}`)
  return [readableTime(now, ''), ...counts]
}

function stopLine({ remaining, underWay }: AdvanceView): string {
  const what = underWay.map(({ kind, id }) => `${kind} ${id}`).join(', ')
  const why =
    what === '' ? 'what is due cannot happen; the log of the server tells why' : `${what} does not end`
  return `Time stopped here: ${why}. To go on: ${pasteable(`keyward dev clock advance ${remaining}ms`)}`
}
