import { existsSync, readFileSync } from 'node:fs'
import { defineCommand } from 'citty'
import { version } from '../../package.json'
import type { ServedAdmin } from '../admin/admin.ts'
import { createServerOperations } from '../admin/server.ts'
import { type AdminSocket, serveAdmin } from '../admin/socket.ts'
import type { App } from '../app.ts'
import { type Actor, operator } from '../audit/actor.ts'
import { type ServeConfig, serveConfig } from '../config.ts'
import { type DataFolder, dataFolder, holdsData, prepareFolder } from '../data-folder/folder.ts'
import { takeInIncoming } from '../data-folder/incoming.ts'
import type { OwnerLock } from '../data-folder/lock.ts'
import { ownName } from '../data-folder/owner-name.ts'
import type { FolderWatch } from '../data-folder/watch.ts'
import type { Seed } from '../dev/seed-schema.ts'
import { isStateOperation } from '../dev/states.ts'
import { AppError } from '../errors.ts'
import { isStderrTerminal } from '../lib/standard-streams.ts'
import { logEvent, logFailure, logNote, setLogMode } from '../log.ts'
import { serveMetrics } from '../metrics/metrics-page.ts'
import { type Server, startServer } from '../server.ts'
import { startsThreadsEarly } from '../threads.ts'
import { startBackgroundWork } from './background-work.ts'
import { lockOrServer, madeFolder, warnOfLostSecret } from './connect.ts'
import { devGreeting, writeDevKeys } from './dev-keys.ts'
import { readyOf, readyWriter } from './dev-ready.ts'
import { printRequests } from './dev-requests.ts'
import { seedIn } from './dev-seed.ts'
import { refuseFewFiles } from './files-needed.ts'
import { openApp, plantSeed } from './held-app.ts'
import { createReplaceableData } from './replaceable-data.ts'
import { startFailure } from './start-failure.ts'
import { startNotes } from './start-notes.ts'
import { outputMode, print, printJsonLine, printText } from './terminal.ts'

/** The settings of `serve` as flags (config.ts). */
export const serveArgs = {
  host: { type: 'string', description: 'Address to listen on (default: 127.0.0.1)' },
  port: { type: 'string', description: 'Port to listen on; 0 takes a free one (default: 3000)' },
  data: { type: 'string', valueHint: 'dir', description: 'The data folder (default: ./data)' },
  dev: { type: 'boolean', description: 'Local development: ready-made keys, loopback only' },
  'trust-proxy': {
    type: 'string',
    valueHint: 'cidr,…',
    description: 'Proxies whose X-Forwarded-For counts',
  },
  'public-url': {
    type: 'string',
    valueHint: 'url',
    description: 'Where clients find it, for the addresses it gives out (default: where it listens)',
  },
  'address-limit': {
    type: 'string',
    valueHint: 'n',
    description: 'Requests a minute that an address has without a valid key (default: 300)',
  },
  'sandbox-pace': {
    type: 'string',
    valueHint: 'x',
    description: 'How long the sandbox takes for its steps; 0.1 is ten times as fast (default: 1)',
  },
  'allow-private-egress': {
    type: 'boolean',
    description: 'Call private and loopback addresses, for webhooks and steps (default: only under --dev)',
  },
  'run-history': {
    type: 'string',
    valueHint: 'days',
    description: 'How long ended runs and their events are kept (default: 30d)',
  },
  'metrics-listen': {
    type: 'string',
    valueHint: 'host:port',
    description: 'Serve /metrics here (default: beside the APIs, to this machine alone)',
  },
  'log-format': {
    type: 'string',
    valueHint: 'text|json',
    description: 'Form of the log on stderr (default: text on a terminal, else json)',
  },
  'log-level': {
    type: 'string',
    valueHint: 'error|warn|info',
    description: 'The least urgent that is logged (default: info)',
  },
  'access-log': { type: 'boolean', description: 'Log each request' },
  'sign-out-dashboard': { type: 'boolean', description: 'End all sessions of the dashboard at the start' },
} as const

export const serve = defineCommand({
  meta: {
    name: 'serve',
    description: 'Serve the APIs; stops on SIGTERM, SIGHUP and Ctrl-C',
    examples: [
      'keyward serve --dev',
      'keyward serve --data /var/lib/keyward --port 8080 --public-url https://keys.example.com',
    ],
  },
  args: {
    ...serveArgs,
    seed: {
      type: 'string',
      valueHint: 'file',
      description: 'Under --dev, what an empty data folder begins with (schema: keyward dev seed-schema)',
    },
    'ready-fd': {
      type: 'string',
      valueHint: 'n',
      description: 'Write the ready line of --json to this open file, and close it',
    },
    json: {
      type: 'boolean',
      description:
        'Print one line of JSON when ready (url, pid, data, the keys under --dev), and nothing else',
    },
  },
  async run({ args }) {
    const config = serveConfig(args)
    const tellReady = args['ready-fd'] === undefined ? null : readyWriter(args['ready-fd'])
    const seed = args.seed === undefined ? null : seedIn(args.seed, config)
    const folder = dataFolder(config.data)
    setLogMode({
      format: config.logFormat ?? (isStderrTerminal() ? 'text' : 'json'),
      level: config.logLevel,
    })
    logEvent('server.starting', 'starting', { version, pid: process.pid, data: folder.path })
    // Before the start, so that a signal that comes during it is obeyed too.
    const stopAsked = toldToStop()
    try {
      const { url, stop, broken } = await start(config, folder, seed)
      const ready = readyOf(folder, url, config.dev)
      if (args.json) printJsonLine(ready)
      else greet(config, folder, url)
      logEvent('server.started', 'started', { url })
      tellReady?.(ready)
      const signal = await Promise.race([stopAsked, broken])
      logEvent('server.stopping', `stopping, on ${signal}`, { signal })
      await stop()
      logEvent('server.stopped', 'stopped')
    } finally {
      setTimeout(() => process.exit(), EXIT_WITHIN_MS).unref()
    }
  },
})

// --- internal ---

function greet({ dev }: ServeConfig, folder: DataFolder, url: string): void {
  print(`Keyward ${version} serves ${folder.path} on ${url}`)
  if (dev) printText(devGreeting(folder, url))
}

/** Ends one part of a running server; `what` names the part in the message when that fails. */
type Ending = [what: string, end: () => unknown]

type Running = {
  url: string
  /** Rejects where the server cannot go on. */
  broken: Promise<never>
  /** Ends all of it. @throws AppError naming the parts that failed; the others have ended. */
  stop(): Promise<void>
}

/** In requests. */
const WORTH_COMPILING = 100
const COMPILING_LOOK_MS = 100

const SOCKET_LOOK_MS = 1000

/** How long requests that are under way have to end, in ms; service managers kill after 10 s or more. */
const GRACE_MS = 8000

/** A part that takes longer counts as hanging; none that works takes so long. */
const PART_ENDS_WITHIN_MS = 12_000

/** A command at work holds the folder for some 100 ms; one that lists a million keys for seconds. */
const LOCK_PATIENCE_MS = 5000

/** Whatever is still open then (a thread, a connection) must not keep a stopped process alive. */
const EXIT_WITHIN_MS = 1000

/**
 * Starts from the inside to the outside: the port opens last, when everything behind it is there. What fails
 * undoes what has started. @throws AppError that says what is in the way, in the words of someone who can mend it.
 */
async function start(config: ServeConfig, folder: DataFolder, seed: Seed | null): Promise<Running> {
  const endings: Ending[] = []
  const broken = Promise.withResolvers<never>()
  try {
    refuseFewFiles()
    if (prepareFolder(folder)) logNote(madeFolder(folder))
    const lock = await takeFolder(folder)
    endings.unshift(['the lock of the data folder', lock.release])
    if (seed) await plantWhereEmpty(config, folder, seed)
    const held = openApp(config, folder)
    endings.unshift(['the database', () => held.app.close()])
    endings.unshift(['the windows of the limits', () => held.app.saveWindows()])
    if (held.app.keys.secretChanged) warnOfLostSecret(folder)
    if (config.signOutDashboard) held.app.sessions.closeAll(operator(ownName(), 'folder'))
    if (config.dev) await writeDevKeys(folder, held.app.admin, seed)
    const replaceable = config.dev
      ? await createReplaceableData(held, folder, onReplaced, broken.reject)
      : null
    const gate = replaceable?.gate
    const background = startBackgroundWork(() => (gate?.isShut() ? [] : held.app.turns))
    endings.unshift(['the background work', background.stop])
    compileOnceAsked(() => held.app.recorder.exchanges.size())
    let listening: Server | null = null
    const ownOperations = () =>
      createServerOperations({ ...held.app, version, url: () => listening?.url ?? null })
    let own = ownOperations()
    const adminFor = (actor: Actor): ServedAdmin => {
      const { adminFor, requests, dev } = held.app
      return { ...adminFor(actor), server: own, requests, ...dev, ...replaceable?.states }
    }
    const socket = await serveAdmin(folder, {
      adminFor,
      onDisk: () => held.app.onDisk(),
      pass: (name, operate) => (gate && !isStateOperation(name) ? gate.pass(operate) : operate()),
    })
    endings.unshift(['admin.sock', socket.stop])
    const renewing = keepSocket(socket, held.lostFile)
    endings.unshift(['the look for admin.sock', () => clearInterval(renewing)])
    const metrics =
      config.metricsListen &&
      (await serveMetrics(config.metricsListen, { text: () => held.app.metrics.text() }))
    if (metrics) endings.unshift(['the metrics', metrics.stop])
    const keysFile = config.dev && existsSync(folder.devEnv) ? folder.devEnv : null
    // While nobody is connected who could take the files that they need.
    if (startsThreadsEarly()) await held.app.workflows.startThreads()
    const server = startServer(held.app, config, {
      keysFile,
      replaceable,
      dashboard: { adminFor, localOperator: config.dev ? ownName() : null },
    })
    listening = server
    endings.unshift(['the HTTP server', () => server.stop(GRACE_MS)])
    endings.unshift(['the advance of the clock', () => held.app.stopDriving()])
    for (const note of startNotes(config, server)) logNote(note)
    if (metrics) logNote(`note: the metrics are on ${metrics.url}`)
    begin(held.app, config)

    function onReplaced(): void {
      own = ownOperations()
      server.replaceApp(held.app)
      socket.endStreams()
      begin(held.app, config)
    }

    return { url: server.url, broken: broken.promise, stop: () => endAll(endings) }
  } catch (error) {
    await endAll(endings).catch((failure) => logFailure('the undoing of the start', failure))
    throw await startFailure(error, config, folder)
  }
}

async function plantWhereEmpty(config: ServeConfig, folder: DataFolder, seed: Seed): Promise<void> {
  // Of a start that was killed after it had made all: it is this folder's data.
  takeInIncoming(folder)
  if (holdsData(folder)) logNote('note: the data folder is not empty, so nothing was made of the seed')
  else await plantSeed(config, folder, seed)
}

/** Takes up what was left, when all that it may need is there. */
function begin(app: App, { dev }: ServeConfig): void {
  if (dev && !outputMode().json) printRequests(app)
  void app.workflows.runs.resume()
}

/**
 * The executable starts in the interpreter (.build/executable.ts). What many requests run is worth compiling; where few
 * come, the compilers would only take their 4 MiB.
 */
function compileOnceAsked(requests: () => number): void {
  const looking = setInterval(() => {
    if (requests() < WORTH_COMPILING) return
    clearInterval(looking)
    Bun.unsafe.setJITPolicy(1)
  }, COMPILING_LOOK_MS).unref()
}

/** While files are lost, whoever puts others in their place must not find us behind them. */
function keepSocket(socket: AdminSocket, lostFile: FolderWatch): Timer {
  let told = ''
  function tellOnce(error: unknown): void {
    if (told !== String(error)) logFailure('the renewal of admin.sock', error)
    told = String(error)
  }
  return setInterval(() => {
    if (lostFile() === null) socket.renewIfGone().catch(tellOnce)
  }, SOCKET_LOOK_MS)
}

/** Waits for a command that is at work, not for another server. @throws CONFLICT where somebody keeps the folder. */
async function takeFolder(folder: DataFolder): Promise<OwnerLock> {
  const owner = await lockOrServer(folder, LOCK_PATIENCE_MS)
  if (owner !== null && owner !== 'server') return owner
  throw new AppError('CONFLICT', `another Keyward already uses the data folder ${folder.path}`)
}

/** Each part ends whatever became of the others. @throws UNAVAILABLE naming those that failed. */
async function endAll(endings: readonly Ending[]): Promise<void> {
  const failed: string[] = []
  for (const [what, end] of endings) {
    try {
      await withinTime(end())
    } catch (error) {
      logFailure(`the end of ${what}`, error)
      failed.push(what)
    }
  }
  if (failed.length > 0) {
    throw new AppError('UNAVAILABLE', `the server has stopped, but not cleanly: ${failed.join(', ')}`)
  }
}

async function withinTime(ended: unknown): Promise<void> {
  const outOfTime = Promise.withResolvers<never>()
  const timer = setTimeout(() => outOfTime.reject(new Error('it took too long')), PART_ENDS_WITHIN_MS)
  try {
    await Promise.race([ended, outOfTime.promise])
  } finally {
    clearTimeout(timer)
  }
}

/** npm and a terminal both pass one Ctrl-C on to us: that is not the second signal of an impatient operator. */
const SAME_SIGNAL_MS = 300

/** Resolves with the first signal; the second one of an impatient operator ends the process at once. */
function toldToStop(): Promise<NodeJS.Signals> {
  const asked = Promise.withResolvers<NodeJS.Signals>()
  let isImpatient = false
  function onSignal(signal: NodeJS.Signals) {
    if (isImpatient) process.exit(1)
    asked.resolve(signal)
    setTimeout(() => {
      isImpatient = true
    }, SAME_SIGNAL_MS).unref()
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, onSignal)
  if (!ignoresHangup()) process.on('SIGHUP', onSignal)
  return asked.promise
}

/** Whether SIGHUP was ignored at the start, as under `nohup`; a handler of ours would undo that. Known on Linux only. */
function ignoresHangup(): boolean {
  try {
    const [, ignored] = /^SigIgn:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? []
    // Signal 1 is the lowest bit.
    return ignored !== undefined && (BigInt(`0x${ignored}`) & 1n) === 1n
  } catch {
    return false
  }
}
