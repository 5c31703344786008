import { statSync } from 'node:fs'

/** Which file stands at a path: another one in its place has another identity. @returns null where there is none, or it cannot be seen. */
export function fileIdentity(path: string): string | null {
  try {
    const { dev, ino } = statSync(path, { bigint: true })
    return `${dev}:${ino}`
  } catch {
    return null
  }
}
