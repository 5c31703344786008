import { parseArgs } from 'node:util'
import type { ArgsDef } from 'citty'
import { nearMiss } from '../lib/near-miss.ts'
import { UsageError } from './usage-error.ts'

/**
 * Refuses what citty would let pass: unknown flags, a repeated flag, a flag without its value, extra words, a
 * required enum that is missing.
 * @throws UsageError naming the flag and, where there is one, its near miss. Values are never repeated: a
 * word in the wrong place may be a key.
 */
export function refuseLooseArgs(args: ArgsDef, rawArgs: readonly string[]): void {
  const named = Object.entries(args).filter(([, def]) => def.type !== 'positional')
  const positionals = wordsMax(args)
  const options = Object.fromEntries(
    named.map(([name, def]) => [
      name,
      {
        type: def.type === 'boolean' ? ('boolean' as const) : ('string' as const),
        ...('alias' in def && typeof def.alias === 'string' && { short: def.alias }),
      },
    ]),
  )
  const { tokens } = parseArgs({
    args: [...rawArgs],
    options,
    allowPositionals: true,
    strict: false,
    tokens: true,
  })
  const seen = new Set<string>()
  let words = 0
  for (const token of tokens) {
    if (token.kind === 'positional' && ++words > positionals) {
      throw new UsageError(
        `unexpected argument: the command takes ${positionals === 0 ? 'none' : positionals}`,
      )
    }
    if (token.kind !== 'option') continue
    const flag = /^--?[\w-]+/.exec(token.rawName)?.[0] ?? '--'
    const option = options[token.name]
    if (!option) {
      throw new UsageError(
        `unknown flag ${flag}.${nearMiss(
          flag,
          Object.keys(options).map((name) => `--${name}`),
        )}`,
      )
    }
    if (seen.has(token.name)) throw new UsageError(`${flag} is given twice`)
    seen.add(token.name)
    const valued = token.value !== undefined && (token.inlineValue || !token.value.startsWith('--'))
    if (option.type === 'string' && !valued) throw new UsageError(`${flag} needs a value`)
    if (option.type === 'boolean' && token.value !== undefined) throw new UsageError(`${flag} takes no value`)
  }
  for (const [name, { required }] of named) {
    if (required && !seen.has(name)) throw new UsageError(`Missing required argument: --${name}`)
  }
}

// --- internal ---

/** Of a command that takes any number of words, the hint of the last one ends in an ellipsis; citty gives all in `_`. */
function wordsMax(args: ArgsDef): number {
  const positionals = Object.values(args).filter(({ type }) => type === 'positional')
  return positionals.at(-1)?.valueHint?.endsWith('…') ? Number.POSITIVE_INFINITY : positionals.length
}
