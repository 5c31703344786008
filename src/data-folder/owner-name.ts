import { readFileSync } from 'node:fs'

/** @returns the name of a user of this machine; "user 1000" where it is not known. */
export function ownerNameOf(uid: number): string {
  return nameIn('/etc/passwd', uid) ?? `user ${uid}`
}

/** The name of the user that this process runs as. Not by `os.userInfo()`, which in Bun believes the variable USER. */
export function ownName(): string {
  return ownerNameOf(process.geteuid?.() ?? -1)
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
