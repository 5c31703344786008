import { defineCommand } from 'citty'
import type { Admin } from '../admin/admin.ts'
import type { KeyView } from '../admin/key-view.ts'
import type { RotateKeyInput } from '../admin/keys.ts'
import { AppError } from '../errors.ts'
import { adminArgs, folderOf } from './admin-args.ts'
import { withAdmin } from './connect.ts'
import { durationMs, lifetimeOf } from './duration-args.ts'
import { KEY_WORD, keyWord } from './key-words.ts'
import { print, printJson, readableTime, tell } from './terminal.ts'
import { UsageError } from './usage-error.ts'

export const rotate = defineCommand({
  meta: {
    name: 'rotate',
    description: 'Give a key a new secret; it is printed once, alone on stdout. All else of the key stays',
    examples: ['keyward admin keys rotate KEY --overlap 24h', 'keyward admin keys rotate KEY --end-overlap'],
  },
  args: {
    key: { type: 'positional', required: true, description: KEY_WORD },
    overlap: {
      type: 'string',
      valueHint: '24h',
      description: 'How long the old secret goes on, 90 days at most (default: not at all)',
    },
    expires: {
      type: 'string',
      valueHint: '90d',
      description: 'How long the key lives from now on (default: as before)',
    },
    'end-overlap': { type: 'boolean', description: 'No new secret: end the old one that goes on, now' },
    ...adminArgs,
  },
  async run({ args }) {
    const { overlap, expires, json } = args
    const id = await keyWord(args.key)
    if (args['end-overlap']) {
      if (overlap !== undefined || expires !== undefined) {
        throw new UsageError(['--end-overlap makes no new secret: leave out --overlap and --expires'])
      }
      const key = await withAdmin(folderOf(args), false, (admin) => admin.keys.endOverlap({ id }))
      if (json) return printJson(key)
      return print(`The old secret of ${key.api} key "${key.name}" is refused from now on.`)
    }
    const input = {
      id,
      overlapMs: overlap === undefined ? undefined : durationMs('--overlap', overlap),
      ...(expires !== undefined && lifetimeOf('--expires', expires)),
    }
    const rotated = await withAdmin(folderOf(args), false, (admin) => rotateAndPrint(admin, input, json))
    if (!json) tellOf(rotated)
  },
})

// --- internal ---

/**
 * Where stdout does not take the new secret, nobody has it: then the old one goes on.
 * @throws CONFLICT with what went wrong, after the rotation was taken back.
 */
async function rotateAndPrint(admin: Admin, input: RotateKeyInput, json = false): Promise<KeyView> {
  const { before, key, ...rotated } = await admin.keys.rotate(input)
  try {
    if (json) printJson({ ...rotated, key })
    else print(key)
  } catch (error) {
    await admin.keys.undoRotation({ id: rotated.id, prefix: rotated.prefix, before })
    const reason = error instanceof Error ? error.message : String(error)
    // Not as its cause: a cause that speaks of a full disk is taken for the data folder's (connect.ts).
    throw new AppError('CONFLICT', `the new secret could not be printed, and the old one goes on: ${reason}`)
  }
  return rotated
}

function tellOf({ api, name, id, expiresAt, previousPrefix, previousEndsAt }: KeyView): void {
  tell(`Rotated ${api} key "${name}", id ${id}. It expires: ${readableTime(expiresAt, 'never')}.`)
  tell(
    previousPrefix === null
      ? 'The old secret is refused from now on.'
      : `The old secret (${previousPrefix}…) goes on until ${readableTime(previousEndsAt, '')}.`,
  )
  tell('This is the only time that the new one is shown.')
}
