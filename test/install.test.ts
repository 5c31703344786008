import { expect, test } from 'bun:test'
import { copyFileSync, existsSync } from 'node:fs'
import { join } from 'node:path'
import { emptyFolder } from './helpers/process.ts'

const ROOT = join(import.meta.dir, '..')

/** Downloads what the cache does not have: some 100 MB for the three platforms. */
const INSTALL_MAX_MS = 180_000

/** Each: the platform as Bun names it, and the add-ons without which no key can be made there, or no style checked. */
const PLATFORMS: [os: string, cpu: string, files: string[]][] = [
  [
    'darwin',
    'arm64',
    [
      '@node-rs/bcrypt-darwin-arm64/bcrypt.darwin-arm64.node',
      'better-sqlite3/prebuilds/darwin-arm64.node',
      '@biomejs/cli-darwin-arm64/biome',
    ],
  ],
  [
    'linux',
    'arm64',
    [
      '@node-rs/bcrypt-linux-arm64-gnu/bcrypt.linux-arm64-gnu.node',
      'better-sqlite3/prebuilds/linux-arm64.node',
      '@biomejs/cli-linux-arm64/biome',
    ],
  ],
  [
    'win32',
    'x64',
    [
      '@node-rs/bcrypt-win32-x64-msvc/bcrypt.win32-x64-msvc.node',
      'better-sqlite3/prebuilds/win32-x64.node',
      '@biomejs/cli-win32-x64/biome.exe',
    ],
  ],
]

test.each(PLATFORMS)(
  'what the lock file installs on %s %s has the add-ons that make keys and check style',
  async (os, cpu, files) => {
    const folder = emptyFolder()
    for (const file of ['package.json', 'bun.lock', 'bunfig.toml']) {
      copyFileSync(join(ROOT, file), join(folder, file))
    }
    const words = ['install', '--frozen-lockfile', '--ignore-scripts', `--os=${os}`, `--cpu=${cpu}`]
    const install = Bun.spawn([process.execPath, ...words], { cwd: folder, stdout: 'ignore', stderr: 'pipe' })
    const said = await new Response(install.stderr).text()
    expect({ code: await install.exited, said }).toEqual({ code: 0, said: expect.any(String) })
    expect(files.filter((file) => !existsSync(join(folder, 'node_modules', file)))).toEqual([])
  },
  INSTALL_MAX_MS,
)
