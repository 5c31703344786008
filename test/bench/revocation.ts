import type { DataFolder } from '../../src/data-folder/folder.ts'
import { withShortPath } from '../../src/data-folder/short-path.ts'
import { executable } from './executable.ts'
import { type MeasuredServer, startMeasured } from './measured-server.ts'
import { withDataFolder } from './scratch.ts'
import { spreadOf } from './spread.ts'
import { storedKeyId, storedToken, storeKeys } from './stored-keys.ts'
import type { Outcome, Plan, Row, Suite } from './suite.ts'

export const revocation: Suite = {
  name: 'revocation',
  about: 'from the return of a revocation to the first refusal',
  run: (plan) => withDataFolder((folder) => measureRevocations(folder, plan)),
}

// --- internal ---

/** The command line takes some 50 ms a time, so fewer are enough to wait for. */
const TIMES = { http: 1000, socket: 1000, 'command line': 60 }
const TIMES_QUICK = { http: 50, socket: 50, 'command line': 5 }

type Way = keyof typeof TIMES

/** A key may write 100 times a minute, so that many revokers take turns. */
const REVOKERS = 50

/** How many requests are sent at once when the revocation has returned: none may slip through beside another. */
const AT_ONCE = 4

type Revoke = (index: number) => Promise<void>

type Once = { revokeMs: number; refusalMs: number; admitted: number; otherwise: number }

async function measureRevocations(folder: DataFolder, plan: Plan): Promise<Outcome> {
  const times = plan.quick ? TIMES_QUICK : TIMES
  const total = REVOKERS + Object.values(times).reduce((sum, count) => sum + count)
  await storeKeys(folder, total)
  const binary = await executable(plan.progress)
  // Refused keys draw on the limit of the one address that all of this comes from.
  const options = ['--data', folder.path, '--address-limit', '1000000']
  const server = await startMeasured((port) => [binary, 'serve', '--port', `${port}`, ...options])
  try {
    const revokers: Record<Way, Revoke> = {
      http: (index) => revokeOverHttp(server, index),
      socket: (index) => revokeOverSocket(folder, index),
      'command line': (index) => revokeByCommand(binary, folder, index),
    }
    const rows: (Row & { admitted: number; otherwise: number; way: string })[] = []
    let next = REVOKERS
    for (const [way, count] of Object.entries(times)) {
      plan.progress(`${count} revocations by ${way}`)
      const indexes = Array.from({ length: count }, () => next++)
      rows.push(await revokeAll(way, indexes, revokers[way as Way], server))
    }
    return toOutcome(rows)
  } finally {
    await server.stop()
  }
}

async function revokeAll(way: string, indexes: readonly number[], revoke: Revoke, server: MeasuredServer) {
  const all: Once[] = []
  for (const index of indexes) all.push(await revokeOne(index, revoke, server))
  return {
    way,
    times: all.length,
    revokeMs: spreadOf(all.map(({ revokeMs }) => revokeMs)),
    refusalMs: spreadOf(all.map(({ refusalMs }) => refusalMs)),
    admitted: all.reduce((sum, { admitted }) => sum + admitted, 0),
    otherwise: all.reduce((sum, { otherwise }) => sum + otherwise, 0),
  }
}

async function revokeOne(index: number, revoke: Revoke, server: MeasuredServer): Promise<Once> {
  const token = storedToken(index)
  if ((await ask(server, token)).status !== 200) throw new Error('a key was refused before it was revoked')
  const askedNs = Bun.nanoseconds()
  await revoke(index)
  const returnedNs = Bun.nanoseconds()
  const answers = await Promise.all(Array.from({ length: AT_ONCE }, () => ask(server, token)))
  return {
    revokeMs: (returnedNs - askedNs) / 1e6,
    refusalMs: (Math.min(...answers.map(({ atNs }) => atNs)) - returnedNs) / 1e6,
    admitted: answers.filter(({ status }) => status < 400).length,
    otherwise: answers.filter(({ status }) => status >= 400 && status !== 401).length,
  }
}

async function ask({ url }: MeasuredServer, token: string): Promise<{ status: number; atNs: number }> {
  const response = await fetch(`${url}/api/v1/workflows`, { headers: { 'x-api-key': token } })
  const atNs = Bun.nanoseconds()
  await response.arrayBuffer()
  return { status: response.status, atNs }
}

async function revokeOverHttp({ url }: MeasuredServer, index: number): Promise<void> {
  const response = await fetch(`${url}/api/v1/auth/api-keys/${storedKeyId(index)}`, {
    method: 'DELETE',
    headers: { 'x-api-key': storedToken(index % REVOKERS) },
  })
  if (!response.ok)
    throw new Error(`the revocation was answered ${response.status}: ${await response.text()}`)
  await response.arrayBuffer()
}

async function revokeOverSocket(folder: DataFolder, index: number): Promise<void> {
  const body = JSON.stringify({ id: storedKeyId(index) })
  const response = await withShortPath(folder.socket, (unix) =>
    fetch('http://keyward/keys.revoke', { unix, method: 'POST', body }),
  )
  const answer = await response.text()
  if (!answer.includes('"value"')) throw new Error(`the revocation failed: ${answer}`)
}

async function revokeByCommand(binary: string, folder: DataFolder, index: number): Promise<void> {
  const command = [binary, 'admin', 'keys', 'revoke', storedKeyId(index), '--data', folder.path]
  const child = Bun.spawn(command, { stdout: 'ignore', stderr: 'pipe' })
  if ((await child.exited) !== 0) throw new Error(await new Response(child.stderr).text())
}

function toOutcome(rows: (Row & { admitted: number; otherwise: number; way: string })[]): Outcome {
  const wrong = rows.filter(({ admitted, otherwise }) => admitted + otherwise > 0)
  return {
    sheets: [
      {
        title: 'From the return of a revocation to the first refusal',
        columns: [
          { key: 'way', head: '' },
          { key: 'times', head: 'times' },
          { key: 'revokeMs', head: 'revocation ms', digits: 2 },
          { key: 'refusalMs', head: 'first refusal ms later', digits: 2 },
          { key: 'admitted', head: 'admitted after the return' },
          { key: 'otherwise', head: 'refused, but not by 401' },
        ],
        rows,
        notes: [`${AT_ONCE} requests are sent at the moment of the return; the key had just been in use.`],
      },
    ],
    failures: wrong.map(
      ({ way, admitted, otherwise }) =>
        `after revocation by ${way}, ${admitted} requests were admitted and ${otherwise} not answered 401`,
    ),
  }
}
