import { do_not_optimize, measure } from 'mitata'
import { type Admissions, createAdmissions, type Gate } from '../../src/admission.ts'
import type { App } from '../../src/app.ts'
import { type Clock, createSystemClock } from '../../src/clock.ts'
import type { DataFolder } from '../../src/data-folder/folder.ts'
import { generateToken } from '../../src/keys/token.ts'
import { createLimiter, subject } from '../../src/limits/limiter.ts'
import { WINDOW_MS } from '../../src/limits/window.ts'
import { openBenchApp } from './bench-app.ts'
import { withDataFolder } from './scratch.ts'
import { spreadOf } from './spread.ts'
import { storedToken, storeKeys } from './stored-keys.ts'
import type { Column, Outcome, Plan, Sheet, Suite, Target } from './suite.ts'
import { type Observed, undisturbed } from './undisturbed.ts'
import { memoryPerWindow } from './window-memory.ts'

export const functions: Suite = {
  name: 'functions',
  about: 'a key check, a new key and the limiter, without HTTP',
  run: (plan) => withDataFolder((folder) => measureFunctions(folder, plan)),
}

// --- internal ---

/**
 * One measured function. It hands its result to do_not_optimize itself: a wrapper round all of them would call
 * a different function each time, which costs as much as a decision of the limiter.
 */
type Case = { name: string; unit: 'ns' | 'µs'; run(): void; atMost?: number }

const KEYS = 10_000
const WINDOWS = 100_000
/** About how many requests each of many windows holds: the usual client makes a few calls a minute. */
const COLD_SIZE = 10
const WINDOW_SIZES = [10, 100, 1000, 10_000]

const COLUMNS: readonly Column[] = [
  { key: 'name', head: '' },
  { key: 'time', head: 'time', digits: 2 },
  { key: 'unit', head: '' },
  { key: 'p99', head: 'p99', digits: 2 },
  { key: 'disturbed', head: 'disturbed' },
]

async function measureFunctions(folder: DataFolder, plan: Plan): Promise<Outcome> {
  // Before anything else calls the limiter: with a second clock in its history it is compiled to be slower.
  const oneWindow = await timed('The limiter alone, one window, simulated clock', oneWindowCases(), plan)
  const many = await timed('The limiter alone, many windows, simulated clock', manyWindowsCases(), plan)
  await storeKeys(folder, KEYS)
  const clock = fastClock()
  const app = openBenchApp(folder, clock)
  try {
    const checks = await timed('Keys', checkCases(app), plan)
    const memory = await memorySheet(plan)
    return {
      sheets: [checks.sheet, oneWindow.sheet, many.sheet, memory.sheet],
      targets: [...checks.targets, ...oneWindow.targets, ...many.targets, ...memory.targets],
    }
  } finally {
    await app.close()
  }
}

/**
 * The host's clock, read at its full cost, but a million times as fast: a minute lasts 60 µs, so the limit of
 * 1,000 a minute stays in force and is never reached by one check after the other. The time of day stands still, or uses of
 * thousands of hours would wait to be stored.
 */
function fastClock(): Clock {
  const host = createSystemClock()
  const elapsed = () => Math.floor(performance.now() * 1e6)
  const wallMs = host.now()
  return { ...host, elapsed, toWall: () => wallMs }
}

/** The gate of an endpoint that reads workflows. */
function readGate(admissions: Admissions): Gate<null> {
  return admissions.gate({
    api: 'workflows',
    category: 'read',
    scope: 'workflows:read',
    addressOf: () => '127.0.0.1',
  })
}

function checkCases({ admissions, keys, limits, clock }: App): Case[] {
  const gate = readGate(admissions)
  const known = storedToken(0)
  const tokens = Array.from({ length: KEYS }, (_, index) => storedToken(index))
  const wrong = `${storedToken(1).slice(0, 20)}${'x'.repeat(16)}`
  const unlimited = readGate(createAdmissions({ keys, limits, clock, addressLimit: Number.MAX_SAFE_INTEGER }))
  let next = 0
  /** A stride that shares no factor with the number of keys visits all of them, far apart. */
  const another = () => {
    next = (next + 7919) % KEYS
    return tokens[next] ?? known
  }
  for (const token of tokens) expectAdmitted(gate(token, null))
  return [
    {
      name: 'known key, limits included',
      unit: 'µs',
      atMost: 2,
      run: () => expectAdmitted(gate(known, null)),
    },
    { name: `known key, ${KEYS} in turn`, unit: 'µs', run: () => expectAdmitted(gate(another(), null)) },
    {
      name: 'first sight of a key, verifier on disk',
      unit: 'µs',
      atMost: 100,
      run() {
        keys.forget()
        expectAdmitted(gate(another(), null))
      },
    },
    {
      name: 'wrong key with a stored prefix',
      unit: 'µs',
      run: () => do_not_optimize(unlimited(wrong, null)),
    },
    {
      name: 'make a Workflows key',
      unit: 'µs',
      run: () => do_not_optimize(generateToken('workflows', null)),
    },
    {
      name: 'make a WorkFunder key',
      unit: 'µs',
      run: () => do_not_optimize(generateToken('workfunder', 'live')),
    },
  ]
}

/** A refusal is a shorter way than the one to be measured: it may not slip in unseen. */
function expectAdmitted(admission: ReturnType<Gate<null>>): void {
  if (admission instanceof Promise || admission.refusal !== null) throw new Error('the key was not admitted')
  do_not_optimize(admission)
}

function oneWindowCases(): Case[] {
  return [hotWindow(), ...WINDOW_SIZES.map(fullWindow)]
}

function manyWindowsCases(): Case[] {
  return [manyWindows(WINDOWS / 10), manyWindows(WINDOWS, 200)]
}

/** As many requests in the window as the limit allows: each decision drops one and counts one. */
function fullWindow(size: number): Case {
  const clock = steppingClock(WINDOW_MS / size)
  const limiter = createLimiter(clock)
  const client = subject('a')
  for (let filled = 0; filled < size; filled++) limiter.take(client, size)
  return {
    name: `${size} requests in the window, steady`,
    unit: 'ns',
    run: () => do_not_optimize(limiter.take(client, size)),
  }
}

function hotWindow(): Case {
  const limiter = createLimiter(steppingClock(100))
  const client = subject('a')
  return {
    name: 'one hot window',
    unit: 'ns',
    atMost: 15,
    run: () => do_not_optimize(limiter.take(client, 1000)),
  }
}

/** Windows at random: what is measured is mostly how far away their memory is. */
function manyWindows(windows: number, atMost?: number): Case {
  const limiter = createLimiter(steppingClock(WINDOW_MS / windows / COLD_SIZE))
  const subjects = Array.from({ length: windows }, () => subject(Bun.randomUUIDv7()))
  // Twice a window's worth, so that no ring has to grow while it is measured.
  for (let filled = 0; filled < 2 * COLD_SIZE; filled++) {
    for (const one of subjects) limiter.take(one, 1000)
  }
  const never = subject('')
  let seed = 1
  return {
    name: `${windows} windows at random, ${COLD_SIZE} requests each`,
    unit: 'ns',
    atMost,
    run() {
      // Numerical Recipes' generator: as random as a cache needs it, for a nanosecond.
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
      do_not_optimize(limiter.take(subjects[seed % windows] ?? never, 1000))
    },
  }
}

/** Time that passes by so many ms at each reading. */
function steppingClock(stepMs: number): Clock {
  let elapsedMs = 0
  const elapsed = () => {
    elapsedMs += stepMs
    return Math.floor(elapsedMs)
  }
  return { elapsed, now: () => elapsedMs, toWall: (reading) => reading }
}

async function timed(
  title: string,
  cases: readonly Case[],
  plan: Plan,
): Promise<{ sheet: Sheet; targets: Target[] }> {
  const observed = cases.map((): Observed<{ p50: number; p99: number }>[] => [])
  for (let round = 0; round < plan.rounds; round++) {
    for (const [index, one] of cases.entries()) {
      plan.progress(`${title}: round ${round + 1} of ${plan.rounds}, ${one.name}`)
      observed[index]?.push(await undisturbed(plan.triesMax, () => timeOnce(one, plan)))
    }
  }
  const rows = cases.map(({ name, unit }, index) => {
    const rounds = observed[index] ?? []
    const time = spreadOf(rounds.map(({ value }) => value.p50))
    const p99 = spreadOf(rounds.map(({ value }) => value.p99)).median
    return { name, time, unit, p99, disturbed: rounds.filter(({ disturbed }) => disturbed).length }
  })
  const targets = cases.flatMap(({ name, unit, atMost }, index) => {
    const measured = rows[index]?.time.median ?? Number.NaN
    return atMost === undefined ? [] : [{ name, unit, measured, atMost }]
  })
  return { sheet: { title, columns: COLUMNS, rows }, targets }
}

async function timeOnce({ run, unit }: Case, plan: Plan) {
  const { p50, p99 } = await measure(run, {
    min_cpu_time: (plan.quick ? 0.02 : 0.4) * 1e9,
  })
  const scale = unit === 'µs' ? 1000 : 1
  return { value: { p50: p50 / scale, p99: p99 / scale }, cpuUs: 0 }
}

async function memorySheet(plan: Plan): Promise<{ sheet: Sheet; targets: Target[] }> {
  const rows = []
  for (const size of plan.quick ? [100] : WINDOW_SIZES) {
    plan.progress(`memory of windows with ${size} requests`)
    rows.push({ requests: size, ...(await memoryPerWindow(size)) })
  }
  const hundred = rows.find(({ requests }) => requests === 100)
  return {
    sheet: {
      title: 'Memory of the limiter',
      columns: [
        { key: 'requests', head: 'requests in the window' },
        { key: 'windows', head: 'windows' },
        { key: 'usedBytes', head: 'bytes in use each' },
        { key: 'residentBytes', head: 'resident bytes each' },
      ],
      rows,
      notes: [
        'Growth of a fresh process after garbage collection, the subjects (ids of 36 characters) included.',
      ],
    },
    targets: [
      {
        name: 'active window with 100 requests',
        measured: hundred?.usedBytes ?? Number.NaN,
        unit: 'bytes',
        atMost: 800,
      },
    ],
  }
}
