import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Contestant } from './contest.ts'
import { oneKey, PROBE_PATH } from './contestants.ts'
import { startMeasured } from './measured-server.ts'
import { PEERS } from './peer-packages.ts'
import body from './probe-body.json'
import { storedToken } from './stored-keys.ts'

/** One way to the same job. What it does differently is told beside its figures. */
export type Peer = {
  name: string
  /** The program that must be on the machine, and how to get it. */
  needs: { program: string; install: string }
  /** Whether it is one of the packages in test/bench/peers. */
  isPackage: boolean
  keyCheck: string
  limit: string
  /** @param folder an empty folder of its own. */
  contestant(folder: string): Contestant
}

const KEYS = 10_000
const BUN = { program: process.execPath, install: '' }
const NODE = { program: 'node', install: 'nodejs.org, 20 or later' }
const BY_KEY_IN_MEMORY = 'static map of 10,000 keys'
const FIXED_WINDOW = 'fixed window from the first request'

export const PEER_LIST: readonly Peer[] = [
  packagePeer('better-auth + api-key (Bun, SQLite)', BUN, 'better-auth.mjs', {
    keyCheck: 'SHA-256, row read and written at each request',
    limit: 'counter in the row; each request starts the window anew',
  }),
  packagePeer('elysia-rate-limit (Bun)', BUN, 'elysia.mjs', {
    keyCheck: BY_KEY_IN_MEMORY,
    limit: `${FIXED_WINDOW}, 5,000 clients at most`,
  }),
  packagePeer('Hono + hono-rate-limiter (Bun)', BUN, 'hono.mjs', {
    keyCheck: BY_KEY_IN_MEMORY,
    limit: FIXED_WINDOW,
  }),
  packagePeer('Fastify + @fastify/rate-limit (Node)', NODE, 'fastify.mjs', {
    keyCheck: BY_KEY_IN_MEMORY,
    limit: `${FIXED_WINDOW}, 5,000 clients at most`,
  }),
  packagePeer('Express + express-rate-limit (Node)', NODE, 'express.mjs', {
    keyCheck: BY_KEY_IN_MEMORY,
    limit: FIXED_WINDOW,
  }),
  proxyPeer('nginx, map + limit_req, 1 worker', 'nginx', 'leaky bucket by the ms; no remaining count', {
    template: 'nginx.conf',
    keyLine: (token, client) => `${token} ${client};`,
    command: (config) => ['nginx', '-c', config],
  }),
  proxyPeer('HAProxy, map + stick table, 1 thread', 'haproxy', 'two periods, weighted; no remaining count', {
    template: 'haproxy.cfg',
    keyLine: (token, client) => `${token} ${client}`,
    command: (config) => ['haproxy', '-db', '-f', config],
  }),
]

// --- internal ---

function packagePeer(
  name: string,
  needs: Peer['needs'],
  file: string,
  does: Pick<Peer, 'keyCheck' | 'limit'>,
): Peer {
  const contestant = (folder: string): Contestant => ({
    name,
    path: PROBE_PATH,
    load: oneKey(),
    start: () =>
      startMeasured((port) => [needs.program, join(PEERS, file), `${port}`, folder], {
        cwd: PEERS,
        readyPath: PROBE_PATH,
      }),
  })
  return { name, needs, isPackage: true, ...does, contestant }
}

type Proxy = {
  /** In test/bench/peers, with PORT and FOLDER to be filled in. */
  template: string
  keyLine(token: string, client: string): string
  command(config: string): string[]
}

function proxyPeer(name: string, program: string, limit: string, proxy: Proxy): Peer {
  const contestant = (folder: string): Contestant => {
    writeProxyFiles(folder, proxy)
    const command = (port: number) => proxy.command(fillTemplate(folder, proxy, port))
    return {
      name,
      path: PROBE_PATH,
      load: oneKey(),
      start: () => startMeasured(command, { readyPath: PROBE_PATH }),
    }
  }
  const needs = { program, install: `apt-get install ${program === 'nginx' ? 'nginx-light' : program}` }
  return { name, needs, isPackage: false, keyCheck: BY_KEY_IN_MEMORY, limit, contestant }
}

/** The keys that it knows, and the body as the file that it answers with. */
function writeProxyFiles(folder: string, { keyLine }: Proxy): void {
  const lines = Array.from({ length: KEYS }, (_, index) => keyLine(storedToken(index), `client-${index}`))
  writeFileSync(join(folder, 'keys.map'), `${lines.join('\n')}\n`)
  mkdirSync(join(folder, 'www/api/v1'), { recursive: true })
  writeFileSync(join(folder, 'www/api/v1/probe'), JSON.stringify(body))
}

function fillTemplate(folder: string, { template }: Proxy, port: number): string {
  const config = join(folder, template)
  const text = readFileSync(join(PEERS, template), 'utf8')
  writeFileSync(config, text.replaceAll('PORT', `${port}`).replaceAll('FOLDER', folder))
  return config
}
