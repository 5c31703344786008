import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'

export const ROOT = join(import.meta.dir, '../..')

const EXECUTABLE = join(ROOT, 'dist/keyward')

/** @returns the path of dist/keyward, built first where it is missing or older than what it is made of. */
export async function executable(progress: (text: string) => void): Promise<string> {
  if (existsSync(EXECUTABLE) && statSync(EXECUTABLE).mtimeMs > newestSourceMs()) return EXECUTABLE
  progress('building dist/keyward')
  const build = Bun.spawn([process.execPath, '.build/executable.ts'], {
    cwd: ROOT,
    stdout: 'pipe',
    stderr: 'pipe',
  })
  const output = await new Response(build.stderr).text()
  if ((await build.exited) !== 0) throw new Error(`building dist/keyward failed: ${output}`)
  return EXECUTABLE
}

// --- internal ---

function newestSourceMs(): number {
  const files = [
    ...new Bun.Glob('{src,migrations,.build}/**').scanSync({ cwd: ROOT, dot: true }),
    'package.json',
    'bun.lock',
  ]
  return Math.max(...files.map((file) => statSync(join(ROOT, file)).mtimeMs))
}
