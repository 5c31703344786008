import { defineCommand } from 'citty'
import type { Admin } from '../admin/admin.ts'
import type { KeyView } from '../admin/key-view.ts'
import type { DataFolder } from '../data-folder/folder.ts'
import { AppError } from '../errors.ts'
import { adminArgs, folderOf } from './admin-args.ts'
import { withAdmin } from './connect.ts'
import { keyTitle } from './key-text.ts'
import { KEY_WORD, keyWords } from './key-words.ts'
import { askingArgs, questionsFor } from './questions.ts'
import { print, printJson, readableTime, tell } from './terminal.ts'
import { UsageError } from './usage-error.ts'

export const revoke = defineCommand({
  meta: {
    name: 'revoke',
    description: 'Revoke keys; they are refused from the next request on',
    examples: ['keyward admin keys revoke KEY', 'keyward admin keys revoke --account ID --all'],
  },
  args: {
    key: { type: 'positional', required: false, valueHint: 'key…', description: KEY_WORD },
    account: { type: 'string', valueHint: 'id', description: 'With --all: whose keys' },
    all: { type: 'boolean', description: 'With --account: all keys of the account' },
    yes: { type: 'boolean', description: 'With --all: do not ask' },
    ...askingArgs,
    ...adminArgs,
  },
  async run({ args }) {
    const { account, all, yes } = args
    if (args._.length === 0 && !all && account === undefined) throw new UsageError(['KEY is missing'])
    if ((account === undefined) === Boolean(all)) throw new UsageError(['--account and --all go together'])
    if (all && args._.length > 0) throw new UsageError(['name keys, or take --account ID --all, not both'])
    const folder = folderOf(args)
    if (account !== undefined) {
      if (!yes) await refuseUnsure(folder, account, args.input)
      return withAdmin(folder, false, (admin) => revokeAllOf(admin, account, args.json))
    }
    const keys = await keyWords(args._, args.input)
    const revoked = await withAdmin(folder, false, (admin) => admin.keys.revokeAll({ keys }))
    if (args.json) return printJson(args._.length === 1 && revoked.length === 1 ? revoked[0] : revoked)
    for (const key of revoked) print(revokedText(key))
  },
})

// --- internal ---

function revokedText(key: KeyView): string {
  return `Revoked ${keyTitle(key)} at ${readableTime(key.revokedAt, '')}.`
}

/** Slice by slice, so that the server serves meanwhile. */
async function revokeAllOf(admin: Admin, accountId: string, isJson = false): Promise<void> {
  const revoked: KeyView[] = []
  for (;;) {
    const slice = await admin.keys.revokeAll({ accountId })
    if (slice.length === 0) break
    if (!isJson) for (const key of slice) print(revokedText(key))
    revoked.push(...slice)
  }
  if (isJson) return printJson(revoked)
  tell(`Revoked ${revoked.length} ${revoked.length === 1 ? 'key' : 'keys'} of the account.`)
}

/**
 * Asks before the folder is ours, so that nobody else waits for the answer.
 * @throws CONFLICT unless the person at the terminal says yes.
 */
async function refuseUnsure(folder: DataFolder, accountId: string, input: unknown): Promise<void> {
  const { count } = await withAdmin(folder, false, (admin) => admin.keys.count({ accountId }))
  if (count === 0) return
  const questions = await questionsFor(input)
  const keys = count === 1 ? 'the 1 key' : `all ${count} keys`
  if (!questions) {
    throw new AppError('CONFLICT', `this would revoke ${keys} of the account, for good; --yes does it`)
  }
  const isSure = await questions.confirm(`Revoke ${keys} of account ${accountId}, for good?`)
  if (!isSure) throw new AppError('CONFLICT', 'nothing was revoked')
}
