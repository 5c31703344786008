import { defineCommand } from 'citty'
import type { Admin } from '../admin/admin.ts'
import { adminArgs, folderOf } from './admin-args.ts'
import { withAdmin } from './connect.ts'
import { renderFields } from './fields.ts'
import { keyTitle } from './key-text.ts'
import { KEY_WORD, keyWord } from './key-words.ts'
import { print, printJson, printText } from './terminal.ts'

type Explanation = Awaited<ReturnType<Admin['keys']['explain']>>

export const explain = defineCommand({
  meta: {
    name: 'explain',
    description: 'Tell what a request with a key would meet, check by check; nothing is counted',
    examples: [
      'keyward admin keys explain KEY --method POST --path /api/v1/workflows',
      'keyward admin keys explain KEY --method GET --path /v1/account --json',
    ],
  },
  args: {
    key: { type: 'positional', required: true, description: KEY_WORD },
    method: { type: 'string', valueHint: 'POST', required: true, description: 'The request’s method' },
    path: {
      type: 'string',
      valueHint: '/api/v1/workflows',
      required: true,
      description: 'The request’s path, or its whole URL',
    },
    ...adminArgs,
  },
  async run({ args }) {
    const input = { key: await keyWord(args.key), method: args.method, path: args.path }
    const explanation = await withAdmin(folderOf(args), false, (admin) => admin.keys.explain(input))
    if (args.json) return printJson(explanation)
    const { key, method, path, checks } = explanation
    print(`${method} ${path} with ${keyTitle(key)}:`)
    printText(
      renderFields(
        checks.map(({ check, outcome, detail }, at) => [`${at + 1}. ${check}`, said(outcome, detail)]),
      ),
    )
    print(verdictOf(explanation))
  },
})

// --- internal ---

function said(outcome: string, detail: string): string {
  return detail === '' ? outcome : `${outcome}: ${detail}`
}

function verdictOf({ refusal }: Explanation): string {
  return refusal
    ? `It would be refused: ${refusal.status} ${refusal.code}`
    : 'It would be let through; what its operation says of the body is not looked at.'
}
