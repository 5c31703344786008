import { describe, expect, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { call } from '../helpers/call.ts'
import { commandHere } from '../helpers/command-here.ts'
import { plantedKey } from '../helpers/planted.ts'
import { emptyFolder, KEYWARD, keyward, type ServerProcess, serveProcess } from '../helpers/process.ts'

/** A data folder with one key, and commands on it: by a server where there is one, else by themselves. */
async function setUp(by: 'the server' | 'the command itself') {
  const folder = emptyFolder()
  const run = (words: string[], command = KEYWARD) =>
    keyward(['admin', 'keys', ...words, '--data', folder], {}, command)
  const json = async (words: string[]) => JSON.parse((await run([...words, '--json'])).stdout)
  const made = await plantedKey(folder)
  let server: ServerProcess | null = by === 'the server' ? await serveProcess(['--data', folder]) : null
  const listed = async () => (await json(['list']))[0]

  /** What a server answers to a key; the one that runs, or one that is started for it. */
  async function statusOf(...keys: string[]): Promise<number[]> {
    server ??= await serveProcess(['--data', folder])
    const base = `${server.url}/api/v1`
    const replies = await Promise.all(keys.map((key) => call(base, 'GET /workflows', { key })))
    return replies.map(({ status }) => status)
  }

  return { run, json, made, listed, statusOf }
}

/** Commands whose stdout takes nothing. */
const ON_A_FULL_DISK = ['sh', '-c', 'exec "$@" > /dev/full', 'sh', ...KEYWARD]

describe.each(['the server', 'the command itself'] as const)('keys, where %s carries it out:', (by) => {
  test('rotate prints the new secret alone on stdout; the old one is refused from then on', async () => {
    const { run, made, listed, statusOf } = await setUp(by)
    const { code, stdout, stderr } = await run(['rotate', made.id])
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^wfk_[0-9A-Za-z]{32}\n$/)])
    const next = stdout.trim()
    expect(stderr.trim().split('\n')).toEqual([
      `Rotated workflows key "CI", id ${made.id}. It expires: never.`,
      'The old secret is refused from now on.',
      'This is the only time that the new one is shown.',
    ])
    expect(await listed()).toMatchObject({
      id: made.id,
      status: 'active',
      prefix: next.slice(0, 20),
      rotatedAt: expect.stringMatching(/^20/),
      previousPrefix: null,
      previousEndsAt: null,
    })
    expect(await statusOf(made.key, next)).toEqual([401, 200])
  })

  test('rotate --overlap lets the old secret go on, which the list shows, until --end-overlap', async () => {
    const { run, json, made, listed, statusOf } = await setUp(by)
    const rotated = await json(['rotate', made.id, '--overlap', '24h', '--expires', '90d'])
    expect(rotated).toMatchObject({ status: 'rotating', previousPrefix: made.prefix })
    expect(Object.keys(rotated)).not.toContain('before')
    const lasts = (to: string) => (Date.parse(to) - Date.parse(rotated.rotatedAt)) / 3_600_000
    expect([lasts(rotated.previousEndsAt), Math.round(lasts(rotated.expiresAt))]).toEqual([24, 90 * 24])
    const table = (await run(['list'])).stdout
    expect(table).toContain(`${made.prefix}… until ${rotated.previousEndsAt.slice(0, 10)}`)
    for (const secret of [made.key, rotated.key]) expect(table).not.toContain(secret.slice(20))
    const ended = await run(['rotate', made.id, '--end-overlap'])
    expect(ended).toEqual({
      code: 0,
      stdout: 'The old secret of workflows key "CI" is refused from now on.\n',
      stderr: '',
    })
    expect(await listed()).toMatchObject({ status: 'active', prefix: rotated.prefix, previousPrefix: null })
    expect(await statusOf(made.key, rotated.key)).toEqual([401, 200])
    expect(await run(['rotate', made.id, '--end-overlap'])).toEqual({
      code: 1,
      stdout: '',
      stderr: 'error: The API key has no previous secret that goes on\n',
    })
  })

  test.skipIf(!existsSync('/dev/full'))(
    'rotate with a stdout that takes nothing is an error, and the old secret goes on as if nothing had been',
    async () => {
      const { run, made, listed, statusOf } = await setUp(by)
      const before = await listed()
      for (const words of [[], ['--json'], ['--overlap', '1h', '--expires', '1d']]) {
        const { code, stderr } = await run(['rotate', made.id, ...words], ON_A_FULL_DISK)
        expect([code, stderr]).toEqual([
          1,
          expect.stringMatching(
            /the new secret could not be printed, and the old one goes on: stdout cannot be written \(ENOSPC\)/,
          ),
        ])
        expect(stderr).not.toMatch(/wfk_\w{21}/)
      }
      expect(await listed()).toEqual(before)
      expect(await statusOf(made.key)).toEqual([200])
    },
  )

  test('disable refuses a key until enable; rename gives it another name', async () => {
    const { run, json, made, statusOf } = await setUp(by)
    expect(await run(['rename', made.id, '--name', 'Deploys'])).toEqual({
      code: 0,
      stdout: `The workflows key ${made.id} is "Deploys" from now on.\n`,
      stderr: '',
    })
    expect(await run(['disable', made.id])).toEqual({
      code: 0,
      stdout: `Disabled workflows key "Deploys" (${made.prefix}…).\n`,
      stderr: '',
    })
    expect((await run(['list'])).stdout).toMatch(/Deploys .* disabled 20/)
    expect((await run(['rotate', made.id])).stderr).toBe(
      'error: The API key is disabled and cannot be rotated\n',
    )
    if (by === 'the server') expect(await statusOf(made.key)).toEqual([401])
    expect((await run(['enable', made.id])).stdout).toBe(
      `Enabled workflows key "Deploys" (${made.prefix}…).\n`,
    )
    expect(await json(['list'])).toMatchObject([{ name: 'Deploys', status: 'active', disabledAt: null }])
    expect(await statusOf(made.key)).toEqual([200])
  })
})

test.each([
  [2, ['rotate'], 'KEY is missing'],
  [2, ['rename', 'ffff'], '--name is missing'],
  [2, ['rotate', 'ffff', '--end-overlap', '--overlap', '1h'], '--end-overlap makes no new secret'],
  [2, ['rotate', 'ffff', '--end-overlap', '--expires', '1d'], '--end-overlap makes no new secret'],
  [1, ['rotate', 'ffff', '--overlap', '24'], '--overlap must be a duration such as 90d, 12h or 1y'],
  [1, ['rotate', 'ffff', '--expires', 'soon'], '--expires must be a duration such as 90d, 12h or 1y'],
  [1, ['rotate', '0', '--overlap', '91d'], '--overlap must lie between 0 and 90 days'],
  [1, ['rotate', '0', '--expires', '2020-01-01'], '--expires must lie in the future'],
  [1, ['rotate', 'ffff'], 'no key has an id that begins with ffff'],
  [1, ['disable', 'ffff'], 'no key has an id that begins with ffff'],
  [1, ['enable', 'ffff'], 'no key has an id that begins with ffff'],
  [1, ['rename', 'ffff', '--name', 'n'], 'no key has an id that begins with ffff'],
])(
  '%d: keyward admin keys %p is refused in one line, with nothing on stdout',
  async (code, words, message) => {
    const folder = emptyFolder()
    if (code === 1) await plantedKey(folder)
    const result = await commandHere(['admin', 'keys', ...words], folder)
    expect([result.code, result.stdout]).toEqual([code, ''])
    expect(result.stderr).toStartWith(`error: ${message}`)
    expect(result.stderr.trim().split('\n')).toHaveLength(1)
  },
)
