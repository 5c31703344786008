import { describe, expect, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../../../src/cli/commands.ts'
import { candidates, FOLDERS } from '../../../src/cli/help/candidates.ts'
import { emptyFolder } from '../../helpers/process.ts'
import { testApp } from '../../helpers/test-app.ts'

async function values(...words: string[]): Promise<string[]> {
  const found = await candidates(root, words)
  return found === FOLDERS ? [FOLDERS] : found.map(([value]) => value)
}

describe('what Tab offers', () => {
  test('are the commands that begin so', async () => {
    expect(await values('admin', 'ke')).toEqual(['keys'])
    expect(await values('admin', 'keys', '')).toEqual(expect.arrayContaining(['create', 'list', 'revoke']))
    expect(await values('help', 'ke')).toEqual(['keys'])
    expect(await values('completions', '')).toEqual(['bash', 'zsh', 'fish'])
    expect(await values('')).not.toContain('complete')
  })

  test('are the flags that are not there yet', async () => {
    const flags = await values('admin', 'keys', 'create', '--api', 'workflows', '--')
    expect(flags).toEqual(expect.arrayContaining(['--name', '--scopes', '--json']))
    expect(flags).not.toContain('--api')
  })

  test.each([
    [['--api', '']],
    [['--api=']],
    // As bash takes it apart.
    [['--api', '=']],
    [['--api', '=', '']],
  ])('are the values of a flag: %p', async (typed) => {
    expect(await values('admin', 'keys', 'create', ...typed)).toEqual(['workflows', 'workfunder'])
  })

  test('are folders after --data, and nothing where the line makes no sense', async () => {
    expect(await values('admin', 'keys', 'list', '--data', '')).toEqual([FOLDERS])
    expect(await values('admin', 'nothing', '')).toEqual([])
    expect(await values('--data', 'x', '')).toEqual([])
    expect(await values('admin', 'keys', 'create', '--name', '')).toEqual([])
  })

  test('are the ids of what the folder holds, with the server up or down, and never a revoked key', async () => {
    const folder = emptyFolder()
    const { app, close } = testApp({ folder })
    const [used, revoked] = [
      await app.admin.keys.create({ api: 'workflows', name: 'used key' }),
      await app.admin.keys.create({ api: 'workflows', name: 'revoked' }),
    ]
    await app.admin.keys.revoke({ id: revoked.id })
    for (const state of ['up', 'down']) {
      if (state === 'down') await close()
      const found = await candidates(root, ['admin', 'keys', 'revoke', '--data', folder, ''])
      expect(found).toEqual([[used.id, 'used key']])
      expect(await values('admin', 'keys', 'list', `--data=${folder}`, '--account', '')).toEqual([
        used.accountId,
      ])
      expect(await values('admin', 'keys', 'revoke', '--data', folder, 'no such id')).toEqual([])
    }
  })

  test('make no database where there is none', async () => {
    const folder = emptyFolder()
    expect(await values('admin', 'keys', 'revoke', '--data', folder, '')).toContain('--json')
    expect(existsSync(join(folder, 'keyward.db'))).toBe(false)
  })
})
