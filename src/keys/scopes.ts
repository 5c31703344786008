/** The Workflows API's scopes (workflows/README.md, "Keys and limits"); each is a bit. */
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

/** Other names of scopes, which a request for a key may use: the live service has one for workflow secrets. */
const ALIASES: ReadonlyMap<string, Scope> = new Map([['secrets:write', 'workflows:write']])

/** All names that a request for a key may use. */
export const SCOPE_NAMES: readonly string[] = [...SCOPES, ...ALIASES.keys()]

/** The scope that a request for a key means by a name, or null. */
export function scopeNamed(name: string): Scope | null {
  return isScope(name) ? name : (ALIASES.get(name) ?? null)
}

function isScope(text: string): text is Scope {
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
