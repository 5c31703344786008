import { statSync } from 'node:fs'

/** Which file stands at a path: another one in its place has another identity. @returns null where there is none, or it cannot be seen. */
export function fileIdentity(path: string): string | null {
  const stats = statSync(path, { throwIfNoEntry: false, bigint: true })
  return stats ? `${stats.dev}:${stats.ino}` : null
}
