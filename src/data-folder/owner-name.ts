import { readFileSync } from 'node:fs'

/** @returns the name of a user of this machine; "user 1000" where it is not known. */
export function ownerNameOf(uid: number): string {
  return nameIn('/etc/passwd', uid) ?? `user ${uid}`
}

// --- internal ---

function nameIn(passwd: string, uid: number): string | undefined {
  try {
    const lines = readFileSync(passwd, 'utf8').split('\n')
    return lines.map((line) => line.split(':')).find(([, , id]) => id === String(uid))?.[0]
  } catch {
    return undefined
  }
}
