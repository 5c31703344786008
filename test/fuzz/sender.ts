/**
 * Whose key a request brings. `good` is who may see what it names, where that is known: `good` and `second` may do all,
 * live and in the sandbox.
 */
export type Sender = 'good' | 'second' | 'other' | 'narrow' | 'revoked' | 'unknown' | 'none' | 'foreign'
