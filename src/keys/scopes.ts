/** The Workflows API's scopes (seeds/workflows-authentication.txt, "API Key Scopes"); each is a bit. */
export const SCOPES = [
  'workflows:read',
  'workflows:write',
  'workflows:execute',
  'runs:read',
  'connections:read',
  'connections:write',
] as const

export type Scope = (typeof SCOPES)[number]

/** A full-access key holds every documented scope. */
export const ALL_SCOPES = (1 << SCOPES.length) - 1

export function isScope(text: string): text is Scope {
  return SCOPES.some((scope) => scope === text)
}

export function scopeBit(scope: Scope): number {
  return 1 << SCOPES.indexOf(scope)
}

export function scopesToBits(scopes: readonly Scope[]): number {
  return scopes.reduce((bits, scope) => bits | scopeBit(scope), 0)
}

/** @returns the scopes in the documented order. */
export function bitsToScopes(bits: number): Scope[] {
  return SCOPES.filter((scope) => (bits & scopeBit(scope)) !== 0)
}
