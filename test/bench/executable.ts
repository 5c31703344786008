import { existsSync } from 'node:fs'
import { join } from 'node:path'

export const ROOT = join(import.meta.dir, '../..')

const EXECUTABLE = join(ROOT, 'dist/keyward')

/** @returns the path of dist/keyward, built first where it is missing. What is there is taken as it is. */
export async function executable(progress: (text: string) => void): Promise<string> {
  if (existsSync(EXECUTABLE)) return EXECUTABLE
  progress('building dist/keyward')
  const build = Bun.spawn([process.execPath, 'run', 'build'], { cwd: ROOT, stdout: 'pipe', stderr: 'pipe' })
  const output = await new Response(build.stderr).text()
  if ((await build.exited) !== 0) throw new Error(`bun run build failed: ${output}`)
  return EXECUTABLE
}
