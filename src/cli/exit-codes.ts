/** What the program ends with, for scripts; the first four are every command's. */
export const EXIT = {
  done: 0,
  refused: 1,
  usage: 2,
  noServer: 3,
  keyNotFound: 10,
  keyExpired: 11,
  keyRevoked: 12,
  keyLacksScope: 13,
  keyOverLimit: 14,
} as const

/** What each means; the README and `help exit-codes` show the same table. */
export const EXIT_MEANINGS: Readonly<Record<keyof typeof EXIT, string>> = {
  done: 'done; of `keys verify`: the key is valid',
  refused: 'refused: not found, a bad value, a conflict, or it could not be done',
  usage: 'not understood: an unknown command or flag, or one that is missing',
  noServer: 'no server answers (`status`, `tail`, `dev`, `runs retry`)',
  keyNotFound: '`keys verify`: no such key',
  keyExpired: '`keys verify`: expired',
  keyRevoked: '`keys verify`: revoked, replaced, disabled, or its account suspended',
  keyLacksScope: '`keys verify`: lacks the scope',
  keyOverLimit: '`keys verify`: over its rate limit',
}
