import { readFileSync } from 'node:fs'
import { defineCommand } from 'citty'
import type { ServeConfig } from '../config.ts'
import { readSeed } from '../dev/seed.ts'
import { type Seed, seedJsonSchema } from '../dev/seed-schema.ts'
import { invalid } from '../errors.ts'
import { adminArgs, folderOf } from './admin-args.ts'
import { printJson } from './terminal.ts'
import { withDev } from './with-dev.ts'

/** @param file of --seed @throws INVALID_INPUT */
export function seedIn(file: string, { dev }: Pick<ServeConfig, 'dev'>): Seed {
  if (!dev) throw invalid('--seed', 'is for --dev alone')
  return readSeed(textOf(file))
}

export const seedSchema = defineCommand({
  meta: {
    name: 'seed-schema',
    description: 'Print the JSON Schema of what serve --dev --seed takes',
    examples: ['keyward dev seed-schema', 'keyward dev seed-schema > seed.schema.json'],
  },
  run: () => printJson(seedJsonSchema()),
})

export const exportSeed = defineCommand({
  meta: {
    name: 'export',
    description:
      'Print what the server holds as a seed, without the secrets of connections, workflows and workers',
    examples: ['keyward dev export', 'keyward dev export > seed.json'],
  },
  args: { data: adminArgs.data },
  run: async ({ args }) => printJson(await withDev(folderOf(args), (dev) => dev.data.export())),
})

// --- internal ---

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? error.code : error
    throw invalid('--seed', `must name a file that can be read (${reason})`)
  }
}
