import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterTest } from './after-test.ts'
import { emptyFolder } from './process.ts'

/** Whether disks of our own can be mounted; the tests that need one are skipped where not. */
export const CAN_MOUNT = canMount()

export const NEEDS_MOUNT = CAN_MOUNT ? '' : ' (skipped: only root may mount a small disk)'

/** An empty folder that is a disk of its own; gone after the test. */
export function smallDisk(mebibytes: number): string {
  const folder = emptyFolder()
  mount(['-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'tmpfs', folder])
  return folder
}

/** Leaves no byte free on the disk of the folder. @returns how to free them again. */
export function fill(folder: string): () => void {
  const ballast = join(folder, 'ballast')
  for (const bytes of [1 << 20, 1 << 12]) writeUntilFull(ballast, Buffer.alloc(bytes))
  return () => rmSync(ballast)
}

/** From now on nothing can be made, changed or removed in the folder; what is open stays open. */
export function makeReadOnly(folder: string): void {
  mount(['--bind', folder, folder])
  mount(['-o', 'remount,bind,ro', folder], { isNew: false })
}

// --- internal ---

function canMount(): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false
  // Root of a container may not mount.
  return Bun.spawnSync(['unshare', '-m', 'mount', '-t', 'tmpfs', 'tmpfs', '/tmp']).exitCode === 0
}

function mount(words: string[], { isNew } = { isNew: true }): void {
  const { exitCode, stderr } = Bun.spawnSync(['mount', ...words])
  if (exitCode !== 0) throw new Error(`mount ${words.join(' ')}: ${stderr}`)
  const folder = words.at(-1) ?? ''
  if (isNew) afterTest(() => Bun.spawnSync(['umount', '-l', folder]))
}

function writeUntilFull(path: string, bytes: Buffer): void {
  try {
    for (;;) writeFileSync(path, bytes, { flag: 'a' })
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error
  }
}
