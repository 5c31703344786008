import { defineCommand } from 'citty'
import type { KeyOutcome } from '../admin/key-verification.ts'
import { adminArgs, folderOf } from './admin-args.ts'
import { withAdmin } from './connect.ts'
import { EXIT } from './exit-codes.ts'
import { keyTitle } from './key-text.ts'
import { keyWord } from './key-words.ts'
import { print, printJson } from './terminal.ts'

export const verify = defineCommand({
  meta: {
    name: 'verify',
    description: 'Tell whether a whole key would be let in now, by the exit code too (help exit-codes)',
    examples: [
      'keyward admin keys verify - --scope runs:read < key.txt',
      'keyward admin keys verify - --json',
    ],
  },
  args: {
    key: { type: 'positional', required: true, description: '- for the whole key on stdin' },
    scope: {
      type: 'string',
      valueHint: 'scope',
      description: 'Workflows: what the key must be allowed to do',
    },
    ...adminArgs,
  },
  async run({ args }) {
    const input = { key: await keyWord(args.key), scope: args.scope }
    const verification = await withAdmin(folderOf(args), false, (admin) => admin.keys.verify(input))
    const { outcome, key } = verification
    if (args.json) printJson(verification)
    else print(key ? `${SAID[outcome]}: ${keyTitle(key)}` : SAID[outcome])
    return EXIT_CODES[outcome]
  },
})

// --- internal ---

const EXIT_CODES: Readonly<Record<KeyOutcome, number>> = {
  valid: EXIT.done,
  not_found: EXIT.keyNotFound,
  expired: EXIT.keyExpired,
  revoked: EXIT.keyRevoked,
  replaced: EXIT.keyRevoked,
  disabled: EXIT.keyRevoked,
  suspended: EXIT.keyRevoked,
  scope: EXIT.keyLacksScope,
  rate: EXIT.keyOverLimit,
}

const SAID: Readonly<Record<KeyOutcome, string>> = {
  valid: 'Valid',
  not_found: 'Not found: no key of this server is the one that was given',
  expired: 'Expired',
  revoked: 'Revoked',
  replaced: 'Replaced by a rotation, and its time is over',
  disabled: 'Disabled',
  suspended: 'Its account is suspended',
  scope: 'The scope is missing',
  rate: 'Its rate limit is used up for the moment',
}
