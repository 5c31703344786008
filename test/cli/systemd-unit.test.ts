import { describe, expect, test } from 'bun:test'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { installedAt, systemdUnit } from '../../src/cli/systemd-unit.ts'
import { emptyFolder, keyward } from '../helpers/process.ts'

describe('the unit for systemd', () => {
  test.skipIf(!Bun.which('systemd-analyze'))('is understood by systemd, all of it', () => {
    const folder = emptyFolder()
    const file = join(folder, 'keyward.service')
    // systemd looks whether what it is to start is there; any executable will do.
    writeFileSync(file, systemdUnit('/bin/true', ['--public-url', 'https://keys.example.com/$a%20"b\\']))
    mkdirSync(join(folder, 'empty'))
    const { exitCode, stderr } = Bun.spawnSync(['systemd-analyze', 'verify', file])
    expect([stderr.toString(), exitCode]).toEqual(['', 0])
  })

  test('leaves nothing of a flag to systemd: no specifier, no variable, no second word', () => {
    const unit = systemdUnit('/opt/key ward', ['--host', 'a b', '--public-url', 'http://x/%h$HOME'])
    expect(unit).toContain(
      'ExecStart="/opt/key ward" serve --data %S/keyward --host "a b" --public-url "http://x/%%h$$HOME"\n',
    )
  })

  test('starts what a service can see: nothing in a home or a temporary folder', () => {
    expect(installedAt('/opt/keyward')).toBe('/opt/keyward')
    for (const hidden of ['/home/ann/keyward', '/root/keyward', '/tmp/keyward', null]) {
      expect(installedAt(hidden)).toBe('/usr/local/bin/keyward')
    }
  })

  test('is printed alone on stdout with the flags of serve, each checked as serve does', async () => {
    const { code, stdout } = await keyward(['print-config', 'systemd', '--port', '8080'])
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(/^# Keyward .*\n[\s\S]*serve --data %S\/keyward --port 8080\n/),
    ])
    const refused = await keyward(['print-config', 'systemd', '--port', 'x', '--public-url', 'y'], {
      KEYWARD_HOST: '?',
    })
    expect([refused.code, refused.stdout, refused.stderr.trim().split('\n')]).toEqual([
      1,
      '',
      [expect.stringContaining('--port must be'), expect.stringContaining('--public-url must be')],
    ])
  })
})
