import { join } from 'node:path'

/** Enough that the process's own memory does not show, and 128 MiB at most. */
const BYTES_MAX = 128 * 2 ** 20
const WINDOWS_MAX = 50_000

/** What one window costs, its subject included, in bytes: of the heap in use, and of resident memory. */
export type WindowMemory = { windows: number; usedBytes: number; residentBytes: number }

/** Fills windows in a process of its own and looks how much its memory grew. */
export async function memoryPerWindow(size: number): Promise<WindowMemory> {
  const windows = Math.min(WINDOWS_MAX, Math.floor(BYTES_MAX / (4 * size)))
  const program = join(import.meta.dir, 'programs/fill-windows.ts')
  const child = Bun.spawn([process.execPath, program, `${windows}`, `${size}`], { stdout: 'pipe' })
  const output = await new Response(child.stdout).text()
  if ((await child.exited) !== 0) throw new Error('the windows could not be filled')
  const grown: { used: number; resident: number } = JSON.parse(output)
  return { windows, usedBytes: grown.used / windows, residentBytes: grown.resident / windows }
}
