import type { EgressPolicy } from './egress/policy.ts'
import { refuseInvalid } from './errors.ts'
import { DAY_MS } from './lib/duration.ts'
import { isLoopbackAddress, type Network, parseNetwork } from './lib/network.ts'
import type { Problem } from './lib/problem.ts'
import { ADDRESS_LIMIT_DEFAULT } from './limits/limits.ts'
import { LOG_FORMATS, LOG_LEVELS, type LogFormat, type LogLevel } from './log.ts'

/** Settings of `keyward serve`. */
export type ServeConfig = {
  host: string
  port: number
  data: string
  dev: boolean
  trustProxy: Network[]
  /** Where clients find the server, without a slash at the end; null: where it listens. */
  publicUrl: string | null
  /** Requests without a valid key that one address has a minute. */
  addressLimit: number
  /** Where webhooks may go. */
  egress: EgressPolicy
  /** How long the sandbox takes for its steps: 1 as documented, 0 no time at all. */
  sandboxPace: number
  /** How long runs that are over are kept, in ms. */
  runHistoryMs: number
  /** Where the metrics are served; null: beside the APIs, to this machine alone. */
  metricsListen: ListenAddress | null
  /** null: text on a terminal, else JSON. */
  logFormat: LogFormat | null
  /** The least urgent that is logged. */
  logLevel: LogLevel
  /** Whether each request is logged. */
  accessLog: boolean
  /** Whether everybody who is signed in to the dashboard is signed out at the start. */
  signOutDashboard: boolean
  /** What the templates of workflows see as `env`: KEYWARD_ENV_API_URL is env.API_URL. */
  workflowEnv: Record<string, string>
}

export type ListenAddress = { host: string; port: number }

/** A flag as it stood on the command line; undefined where it did not. */
export type Flags = Readonly<Record<string, unknown>>
export type Env = Readonly<Record<string, string | undefined>>

const PORT_MAX = 65_535
const ADDRESS_LIMIT_MAX = 1_000_000
const PACE_MAX = 1000
const DATA_DEFAULT = './data'
const RUN_HISTORY_MS = 30 * DAY_MS
const RUN_HISTORY_DAYS_MAX = 3650
const WORKFLOW_ENV_PREFIX = 'KEYWARD_ENV_'

/**
 * Flag, then KEYWARD_* variable, then default. A value that is not understood, an empty one included, stops
 * the program: it never turns into a default.
 * @throws INVALID_INPUT naming each flag or variable that is not understood.
 */
export function serveConfig(flags: Flags, env: Env = process.env): ServeConfig {
  const problems: Problem[] = []
  function read<T>(name: Setting, otherwise: T, reader: Reader<T>): T {
    const result = setting(flags, env, name, otherwise, reader)
    if ('problem' in result) problems.push(result.problem)
    return 'problem' in result ? otherwise : result.value
  }
  const dev = read('dev', false, asBoolean)
  const config: ServeConfig = {
    host: read('host', '127.0.0.1', asHost),
    dev,
    port: read('port', 3000, wholeNumber(0, PORT_MAX)),
    data: read('data', DATA_DEFAULT, asPath),
    trustProxy: read('trust-proxy', [], asNetworks),
    publicUrl: read('public-url', null, asPublicUrl),
    addressLimit: read('address-limit', ADDRESS_LIMIT_DEFAULT, wholeNumber(1, ADDRESS_LIMIT_MAX)),
    egress: {
      allowPrivate: read('allow-private-egress', dev, asBoolean),
      allowHttpLoopback: dev,
    },
    sandboxPace: read('sandbox-pace', 1, asPace),
    runHistoryMs: read('run-history', RUN_HISTORY_MS, asDays),
    metricsListen: read('metrics-listen', null, asListenAddress),
    logFormat: read('log-format', null, oneOf(LOG_FORMATS)),
    logLevel: read('log-level', 'info', oneOf(LOG_LEVELS)),
    accessLog: read('access-log', false, asBoolean),
    signOutDashboard: read('sign-out-dashboard', false, asBoolean),
    workflowEnv: workflowEnv(env),
  }
  if (dev && !isLoopback(config.host)) {
    problems.push({
      field: '--dev',
      message: `serves loopback only, and ${config.host} is not a loopback address`,
    })
  }
  refuseInvalid(problems)
  return config
}

/** The settings of `serve`: each is a flag, and a variable. */
export const SETTINGS = [
  ...(['host', 'port', 'data', 'dev', 'trust-proxy', 'public-url', 'address-limit'] as const),
  ...(['allow-private-egress', 'sandbox-pace', 'run-history'] as const),
  ...(['metrics-listen', 'log-format', 'log-level', 'access-log', 'sign-out-dashboard'] as const),
]

/** @returns the variable that a setting is read from where its flag is not given: KEYWARD_PORT. */
export function variableOf(name: string): string {
  return `KEYWARD_${name.toUpperCase().replaceAll('-', '_')}`
}

/** The data folder, which every command has. */
export function dataSetting(flags: Flags, env: Env = process.env): string {
  const result = setting(flags, env, 'data', DATA_DEFAULT, asPath)
  if ('problem' in result) refuseInvalid([result.problem])
  return 'problem' in result ? DATA_DEFAULT : result.value
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || isLoopbackAddress(host)
}

/** Whether to colour a stream: a terminal, and NO_COLOR (no-color.org) not set to anything. */
export function wantsColor(stream: { isTTY?: boolean }, env: Env = process.env): boolean {
  return stream.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb'
}

// --- internal ---

type Setting = (typeof SETTINGS)[number]

/** Reads a value out of text, or says what it must be: "a whole number from 0 to 65535". */
type Reader<T> = (text: string) => Reading<T>
type Reading<T> = { value: T; mustBe?: undefined } | { mustBe: string }

function setting<T>(
  flags: Flags,
  env: Env,
  name: Setting,
  otherwise: T,
  read: Reader<T>,
): { value: T } | { problem: Problem } {
  const variable = variableOf(name)
  const flag = flags[name]
  const text = flag === undefined ? env[variable] : String(flag)
  if (text === undefined) return { value: otherwise }
  const result = read(text)
  if (result.mustBe === undefined) return { value: result.value }
  const field = flag === undefined ? variable : `--${name}`
  const shown = MAY_HOLD_PASSWORD.test(text) ? '' : `, not ${JSON.stringify(text)}`
  return { problem: { field, message: `must be ${result.mustBe}${shown}` } }
}

/** An address with a user, or with a query: what is refused ends in logs. */
const MAY_HOLD_PASSWORD = /[@?#]/

function asHost(text: string): Reading<string> {
  const plausible = /^[\w.:-]{1,253}$/.test(text)
  return plausible ? { value: text } : { mustBe: 'a host name or an address' }
}

function asListenAddress(text: string): Reading<ListenAddress> {
  const [, v6, name, digits = ''] = /^(?:\[([0-9a-f:.]+)\]|([\w.-]{1,253})):(\d{1,5})$/i.exec(text) ?? []
  const host = v6 ?? name
  const port = Number(digits)
  return host !== undefined && port <= PORT_MAX && asHost(host).mustBe === undefined
    ? { value: { host, port } }
    : { mustBe: 'an address and a port such as 127.0.0.1:9464' }
}

/** May have a path, where a proxy serves Keyward under one; never a password or a query, which logs would show. */
function asPublicUrl(text: string): Reading<string> {
  const url = URL.parse(text)
  const isGood =
    url !== null &&
    /^https?:\/\//i.test(text) &&
    !/[?#]/.test(text) &&
    url.username === '' &&
    url.password === ''
  return isGood
    ? { value: url.href.replace(/\/+$/, '') }
    : { mustBe: 'an address such as https://keys.example.com' }
}

function asPath(text: string): Reading<string> {
  return text.trim() === '' || text.includes('\0') ? { mustBe: 'the path of a folder' } : { value: text }
}

function asBoolean(text: string): Reading<boolean> {
  if (text === 'true' || text === '1') return { value: true }
  if (text === 'false' || text === '0') return { value: false }
  return { mustBe: 'true or false' }
}

function wholeNumber(min: number, max: number): Reader<number> {
  return (text) => {
    const value = Number(text)
    const understood = /^\d{1,10}$/.test(text) && value >= min && value <= max
    return understood ? { value } : { mustBe: `a whole number from ${min} to ${max}` }
  }
}

function oneOf<const Word extends string>(words: readonly Word[]): Reader<Word> {
  return (text) => {
    const value = words.find((word) => word === text)
    return value === undefined ? { mustBe: `one of ${words.join(', ')}` } : { value }
  }
}

function asPace(text: string): Reading<number> {
  const value = Number(text)
  const understood = /^\d{1,4}(\.\d{1,4})?$/.test(text) && value <= PACE_MAX
  return understood ? { value } : { mustBe: `a number from 0 to ${PACE_MAX}` }
}

function asNetworks(text: string): Reading<Network[]> {
  const networks = text.split(',').map((part) => parseNetwork(part.trim()))
  const known = networks.filter((network) => network !== null)
  if (known.length < networks.length) return { mustBe: 'a list of networks such as 10.0.0.0/8,127.0.0.1' }
  return { value: known }
}

function asDays(text: string): Reading<number> {
  const [, digits] = /^(\d{1,4})d$/.exec(text) ?? []
  const days = Number(digits)
  return days >= 1 && days <= RUN_HISTORY_DAYS_MAX
    ? { value: days * DAY_MS }
    : { mustBe: 'a number of days such as 30d' }
}

function workflowEnv(env: Env): Record<string, string> {
  const entries = Object.entries(env).flatMap(([name, value]) =>
    name.startsWith(WORKFLOW_ENV_PREFIX) && value !== undefined
      ? [[name.slice(WORKFLOW_ENV_PREFIX.length), value]]
      : [],
  )
  return Object.fromEntries(entries)
}
