import { defineCommand } from 'citty'
import { version } from '../../package.json'
import { serveAdmin } from '../admin/socket.ts'
import { type App, createApp } from '../app.ts'
import { createSystemClock } from '../clock.ts'
import { type ServeConfig, serveConfig } from '../config.ts'
import { type DataFolder, dataFolder, prepareFolder, tightenFiles } from '../data-folder/folder.ts'
import { type OwnerLock, takeOwnership } from '../data-folder/lock.ts'
import { openSecret } from '../data-folder/secret.ts'
import { openDatabase } from '../db/open.ts'
import { AppError } from '../errors.ts'
import { logFailure } from '../log.ts'
import { type Server, startServer } from '../server.ts'
import { devGreeting, writeDevKeys } from './dev-keys.ts'
import { startFailure } from './start-failure.ts'
import { startNotes } from './start-notes.ts'
import { print, tell } from './terminal.ts'

export const serve = defineCommand({
  meta: { name: 'serve', description: 'Serve the APIs; stops on SIGTERM and Ctrl-C' },
  args: {
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
  },
  async run({ args }) {
    const config = serveConfig(args)
    const folder = dataFolder(config.data)
    // From the first moment on: a signal that comes while we start is obeyed too.
    const stopAsked = toldToStop()
    const running = await start(config, folder)
    print(`Keyward ${version} serves ${folder.path} on ${running.server.url}`)
    if (config.dev) print(devGreeting(folder, running.server.url))
    await stopAsked
    await stop(running)
  },
})

// --- internal ---

type Running = {
  app: App
  lock: OwnerLock
  server: Server
  stopAdmin: () => Promise<void>
  ticking: NodeJS.Timeout
}

const TICK_MS = 100

/** How long requests that are under way have to end, in ms; service managers kill after 10 s or more. */
const GRACE_MS = 8000

/** @throws AppError that says what is in the way, in the words of someone who can mend it. */
async function start(config: ServeConfig, folder: DataFolder): Promise<Running> {
  try {
    prepareFolder(folder)
    const lock = takeOwnership(folder)
    if (!lock) throw new AppError('CONFLICT', `another Keyward already uses the data folder ${folder.path}`)
    const app = createApp({
      db: openDatabase(folder.database),
      secret: openSecret(folder),
      clock: createSystemClock(),
      addressLimit: config.addressLimit,
      egress: config.egress,
      sandboxPace: config.sandboxPace,
      proofsFolder: folder.proofs,
      runsFile: folder.runs,
      runHistoryMs: config.runHistoryMs,
      workflowEnv: config.workflowEnv,
    })
    tightenFiles(folder)
    app.restoreWindows()
    if (app.keys.secretChanged) {
      tell(
        'warning: secret.key is not the one this data was made with: each key is proved by bcrypt once more,',
      )
      tell('warning: and stored connection credentials cannot be opened. Restore secret.key if you have it.')
    }
    if (config.dev) await writeDevKeys(folder, app.admin)
    const server = startServer(app, config)
    for (const note of startNotes(config, server)) tell(note)
    const stopAdmin = await serveAdmin(folder, app.admin)
    void app.workflows.runs.resume()
    return { app, lock, server, stopAdmin, ticking: setInterval(tick, TICK_MS, app) }
  } catch (error) {
    throw startFailure(error, config, folder)
  }
}

/** A full disk must not end the server: what could not be written is tried again next time. */
function tick(app: App): void {
  try {
    app.tick()
  } catch (error) {
    logFailure('the background work', error)
  }
}

async function stop({ app, lock, server, stopAdmin, ticking }: Running): Promise<void> {
  await server.stop(GRACE_MS)
  await stopAdmin()
  clearInterval(ticking)
  app.saveWindows()
  await app.close()
  lock.release()
}

/** The second signal of an impatient operator ends the process at once. */
function toldToStop(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.once(signal, () => {
        resolve()
        process.once(signal, () => process.exit(1))
      })
    }
  })
}
