/** What stands in the place of a secret. */
export const REDACTED = '[redacted]'

/** Whether what has this name may be a secret: a header, a field or a parameter. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name) && !HARMLESS_NAME.test(name)
}

// --- internal ---

const SECRET_NAME = /key|secret|token|passw|passphrase|pwd|jwt|authorization|cookie|signature|credential/i

/** It names a request, and opens nothing. */
const HARMLESS_NAME = /^idempotency[-_]?key$/i
