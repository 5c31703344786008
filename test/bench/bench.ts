import { parseArgs } from 'node:util'
import { nearMiss } from '../../src/lib/near-miss.ts'
import { abuse } from './abuse.ts'
import { accuracy } from './accuracy.ts'
import { functions } from './functions.ts'
import { fuzz } from './fuzz.ts'
import { http } from './http.ts'
import { describeMachine } from './machine.ts'
import { peers } from './peers.ts'
import { profile } from './profile.ts'
import { reads } from './reads.ts'
import { revocation } from './revocation.ts'
import { runs } from './runs.ts'
import { scale } from './scale.ts'
import { renderOutcome, renderTargets } from './sheet.ts'
import { start } from './start.ts'
import { isReached, type Outcome, type Plan, type Suite } from './suite.ts'
import { writes } from './writes.ts'

const SUITES: readonly Suite[] = [
  functions,
  http,
  reads,
  start,
  accuracy,
  peers,
  scale,
  abuse,
  revocation,
  runs,
  writes,
  fuzz,
]

const PROFILE: Suite = { name: 'profile', about: 'where the HTTP probe spends its time', run: profile }

/** A busy machine may make a run four times as long, and no longer. */
const TRIES_MAX = 4

const HELP = `bun run bench [suite …] [--quick] [--rounds N] [--seconds N] [--json]
bun run bench --profile [--seconds N]

${SUITES.map(({ name, about }) => `  ${name.padEnd(12)}${about}`).join('\n')}

Without a suite: all of them. Each server is measured in N rounds of N seconds, alternated; a round that
others disturbed is repeated, up to three times.
  --quick    a short form of a few seconds each: one round, never repeated
  --profile  instead of the suites: where the HTTP probe spends its time
  --json     one JSON value on stdout; progress goes to stderr in any case

Exit codes: 0 done, also where a target was missed; 1 something behaved wrongly; 2 the command was not understood.`

const OPTIONS = {
  help: { type: 'boolean', default: false },
  quick: { type: 'boolean', default: false },
  profile: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  rounds: { type: 'string' },
  seconds: { type: 'string' },
} as const

// 'exit' is where servers and folders are cleaned up, and a signal alone does not lead there.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))

process.exitCode = await run(process.argv.slice(2))

// --- internal ---

async function run(argv: string[]): Promise<number> {
  const asked = understand(argv)
  if (typeof asked === 'string') {
    console.error(asked)
    return argv.includes('--help') ? 0 : 2
  }
  const machine = describeMachine()
  if (!asked.json) console.log(JSON.stringify(machine, null, 2))
  const outcomes: (Outcome & { suite: string })[] = []
  for (const suite of asked.suites) {
    const outcome = await runSuite(suite, asked.plan)
    outcomes.push({ suite: suite.name, ...outcome })
    if (!asked.json) console.log(`\n## ${suite.name}: ${suite.about}\n\n${renderOutcome(outcome)}`)
  }
  const targets = outcomes.flatMap((outcome) => outcome.targets ?? [])
  if (asked.json) {
    const told = targets.map((target) => ({ ...target, reached: isReached(target) }))
    console.log(JSON.stringify({ machine, outcomes, targets: told }, null, 2))
  } else if (targets.length > 0) console.log(`\n${renderTargets(targets)}`)
  return outcomes.some(({ failures = [] }) => failures.length > 0) ? 1 : 0
}

/** A suite that breaks is told by name, and the others still run. */
async function runSuite(suite: Suite, plan: Plan): Promise<Outcome> {
  try {
    return await suite.run({ ...plan, progress: (text) => plan.progress(`${suite.name}: ${text}`) })
  } catch (error) {
    return { sheets: [], failures: [`${suite.name} broke: ${error instanceof Error ? error.stack : error}`] }
  }
}

/** @returns what to run, or what to tell instead. */
function understand(argv: string[]): { suites: readonly Suite[]; plan: Plan; json: boolean } | string {
  try {
    const { values, positionals } = parseArgs({ args: argv, allowPositionals: true, options: OPTIONS })
    if (values.help) return HELP
    const known = SUITES.map(({ name }) => name)
    const stranger = positionals.find((name) => !known.includes(name))
    if (stranger !== undefined)
      return `unknown suite.${nearMiss(stranger, known)} They are: ${known.join(', ')}`
    const { quick, json } = values
    const plan: Plan = {
      quick,
      rounds: whole('rounds', values.rounds ?? (quick ? '1' : '5')),
      triesMax: quick ? 1 : TRIES_MAX,
      seconds: whole('seconds', values.seconds ?? (quick ? '1' : '4')),
      progress: (text) => console.error(text),
    }
    if (values.profile) return { suites: [PROFILE], plan, json }
    const suites = positionals.length === 0 ? SUITES : SUITES.filter(({ name }) => positionals.includes(name))
    return { suites, plan, json }
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

function whole(name: string, text: string): number {
  if (!/^[1-9]\d{0,2}$/.test(text)) throw new Error(`--${name} must be a whole number from 1 to 999`)
  return Number(text)
}
