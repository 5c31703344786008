import { describe, expect, test } from 'bun:test'
import { openSync } from 'node:fs'
import { join } from 'node:path'
import { argsOf } from '../../src/cli/command.ts'
import { root } from '../../src/cli/commands.ts'
import { findCommand } from '../../src/cli/find-command.ts'
import { flagOf } from '../../src/cli/flag-of-field.ts'
import { report } from '../../src/cli/report.ts'
import { refuseLooseArgs } from '../../src/cli/strict-args.ts'
import { setOutputMode } from '../../src/cli/terminal.ts'
import { UsageError } from '../../src/cli/usage-error.ts'
import { AppError, refuseInvalid } from '../../src/errors.ts'
import { afterTest } from '../helpers/after-test.ts'
import { loggedDuring } from '../helpers/logged.ts'
import { emptyFolder, KEYWARD, keyward } from '../helpers/process.ts'

/** What is wrong with a command line, as it is told. */
async function problemsOf(line: string): Promise<readonly string[]> {
  try {
    const { command, rawArgs } = await findCommand(root, line.split(' '))
    refuseLooseArgs(await argsOf(command), rawArgs)
    return []
  } catch (error) {
    if (error instanceof UsageError) return error.problems
    throw error
  }
}

async function reported(error: unknown, flags: string[] = [], json = false) {
  setOutputMode({ json, plain: false })
  afterTest(() => setOutputMode({ json: false, plain: false }))
  const { told, result: code } = await loggedDuring(() => report(error, flags))
  return { told, code }
}

describe('a command line that is not understood', () => {
  test('is told everything that is wrong with it, at once', async () => {
    expect(await problemsOf('admin accounts create --colour red --json=yes')).toEqual([
      'unknown flag --colour.',
      '--json takes no value',
      '--name is missing',
    ])
  })

  test('counts as given what stands there under a name that is nearly right', async () => {
    expect(await problemsOf('admin keys create --api workflows --nmae CI')).toEqual([
      'unknown flag --nmae. Did you mean "--name"?',
    ])
  })

  test.each([
    ['admin keys delete x', 'Did you mean "revoke"?'],
    ['admin keys rm x', 'Did you mean "revoke"?'],
    ['admin keys ls', 'Did you mean "list"?'],
    ['admin keys add', 'Did you mean "create"?'],
    ['admin accounts edit', 'Did you mean "update"?'],
    ['keys list', 'Did you mean "admin keys"?'],
    ['start', 'Did you mean "serve"?'],
    ['admin keys create --api workfunder --name n --env live', 'Did you mean "--environment"?'],
    ['admin keys create --api workflows --name n --ttl 90d', 'Did you mean "--expires"?'],
    ['admin accounts update id --requests 5', 'Did you mean "--requests-per-minute"?'],
  ])('%s: %s', async (line, hint) => {
    expect((await problemsOf(line)).join('\n')).toContain(hint)
  })

  test('never repeats a value, which may be a key', async () => {
    const key = `wfk_${'aB3'.repeat(11)}`
    for (const line of [
      `admin keys list ${key}`,
      `admin ${key}`,
      `admin keys create --api ${key} --name n`,
    ]) {
      expect((await problemsOf(line)).join('\n')).not.toContain(key)
      expect(await problemsOf(line)).not.toEqual([])
    }
  })
})

describe('a refusal', () => {
  test.each([
    ['billingAnchorDay', '--billing-anchor-day'],
    ['accountId', '--account'],
    ['lifetimeMs', '--expires'],
    ['expiresAt', '--expires'],
    ['scopes[0]', '--scopes'],
    ['id', 'ID'],
    ['elsewhere', 'elsewhere'],
  ])('names the field %s as it was typed: %s', (field, typed) => {
    expect(flagOf(field, ['ID', '--billing-anchor-day', '--account', '--expires', '--scopes'])).toBe(typed)
  })

  test('tells all fields that are wrong, one in each line', async () => {
    const problems = [
      { field: 'firstName', message: 'must be short' },
      { field: 'latitude', message: 'must be a number' },
    ]
    const thrown = await Promise.try(() => refuseInvalid(problems)).catch((error) => error)
    expect(await reported(thrown, ['--first-name', '--latitude'])).toEqual({
      code: 1,
      told: ['error: --first-name must be short', 'error: --latitude must be a number'],
    })
  })

  test('is one JSON value with --json', async () => {
    const { told, code } = await reported(new AppError('NOT_FOUND', 'API key not found'), [], true)
    expect(JSON.parse(told.join('\n'))).toEqual({
      error: { code: 'NOT_FOUND', message: 'API key not found', problems: [], exitCode: code },
    })
    const usage = await reported(new UsageError(['--name is missing', '--api is missing']), [], true)
    expect(JSON.parse(usage.told.join('\n')).error).toMatchObject({
      code: 'USAGE',
      exitCode: 2,
      problems: [{ message: '--name is missing' }, { message: '--api is missing' }],
    })
  })

  test('is a defect’s one line, without a key, where nothing was refused', async () => {
    const { told, code } = await reported(new Error('wf_live_0123456789abcdef broke'))
    expect([code, told]).toEqual([1, [expect.stringContaining('internal error in the command')]])
    expect(told.join()).not.toContain('0123456789')
  })
})

describe('what is printed', () => {
  test('is an error where stdout takes nothing, and never lost in silence', async () => {
    const full = openSync('/dev/full', 'w')
    const child = Bun.spawn([...KEYWARD, 'version'], {
      stdout: full,
      stderr: 'pipe',
    })
    afterTest(() => child.kill('SIGKILL'))
    expect([await child.exited, await new Response(child.stderr).text()]).toEqual([
      1,
      'error: stdout cannot be written (ENOSPC)\n',
    ])
  })

  test('says which data folder was made, with its whole path, and with --json does not', async () => {
    const folder = join(emptyFolder(), 'new')
    const create = ['admin', 'accounts', 'create', '--name', 'Acme']
    const { stderr } = await keyward([...create, '--data', folder])
    expect(stderr).toStartWith(`Made the data folder ${folder}\n`)
    const quiet = await keyward([...create, '--json', '--data', join(folder, 'another')])
    expect([quiet.code, quiet.stderr]).toEqual([0, ''])
  })

  test('is a hint that can be pasted, with the folder that was asked', async () => {
    const folder = join(emptyFolder(), 'it’s here')
    await keyward(['admin', 'accounts', 'create', '--name', 'Acme', '--data', folder])
    const { stderr } = await keyward(['admin', 'keys', 'list', '--data', folder])
    const [, hint = ''] = /Make one with: (.*)\n/.exec(stderr) ?? []
    const pasted = Bun.spawn(['bash', '-c', hint], { stdout: 'pipe', stderr: 'pipe' })
    afterTest(() => pasted.kill('SIGKILL'))
    expect([await pasted.exited, await new Response(pasted.stdout).text()]).toEqual([
      0,
      expect.stringMatching(/^wfk_\w{32}\n$/),
    ])
  })
})
