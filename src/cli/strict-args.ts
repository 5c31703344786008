import { parseArgs } from 'node:util'
import type { ArgsDef } from 'citty'
import { aliasesOf, takesMany } from './command.ts'
import { meantWord } from './meant-word.ts'
import { UsageError } from './usage-error.ts'

/**
 * Checks a command line against what the command takes, more strictly than citty: unknown flags, a repeated flag, a flag
 * without its value or with one that is not among its options, extra words, and what is missing.
 * @throws UsageError with everything that is wrong, at once. Values are never repeated: a word in the wrong place may be
 * a key.
 */
export function refuseLooseArgs(args: ArgsDef, rawArgs: readonly string[]): void {
  const named = Object.entries(args).filter(([, def]) => def.type !== 'positional')
  const positionals = Object.entries(args).filter(([, def]) => def.type === 'positional')
  const { tokens } = parseArgs({
    args: [...rawArgs],
    options: Object.fromEntries(
      named.map(([name, def]) => [
        name,
        { type: def.type === 'boolean' ? 'boolean' : 'string', ...shortOf(def) },
      ]),
    ),
    allowPositionals: true,
    strict: false,
    tokens: true,
  })
  const seen = new Set<string>()
  const problems: string[] = []
  let hasUnknown = false
  for (const token of tokens) {
    if (token.kind !== 'option') continue
    const { name } = token
    const flag = /^--?[\w-]+/.exec(token.rawName)?.[0] ?? '--'
    if (!isFlag(args, name)) {
      hasUnknown = true
      const meant = meantWord(
        flag,
        named.map(([known]) => `--${known}`),
      )
      problems.push(`unknown flag ${flag}.${meant === null ? '' : ` Did you mean "${meant}"?`}`)
      // It is there, under another name: not missing as well.
      if (meant !== null) seen.add(meant.slice(2))
      continue
    }
    const problem = seen.has(name) ? `${flag} is given twice` : valueProblem(flag, args[name], token)
    if (problem !== null) problems.push(problem)
    seen.add(name)
  }
  const words = tokens.filter(({ kind }) => kind === 'positional').length
  const wordsMax = positionals.some(([, def]) => takesMany(def))
    ? Number.POSITIVE_INFINITY
    : positionals.length
  // A word too many may be the value of an unknown flag.
  if (words > wordsMax && !hasUnknown) {
    problems.push(`unexpected argument: the command takes ${wordsMax === 0 ? 'none' : wordsMax}`)
  }
  for (const [name, def] of named) {
    if (def.required && !seen.has(name)) problems.push(`--${name} is missing${optionsOf(def)}`)
  }
  for (const [name, { required }] of positionals.slice(words)) {
    if (required !== false) problems.push(`${name.toUpperCase()} is missing`)
  }
  if (problems.length > 0) throw new UsageError(problems)
}

// --- internal ---

type Def = ArgsDef[string]

/** node:util knows short forms of one letter. */
function shortOf(def: Def): { short?: string } {
  const short = aliasesOf(def).find((one) => one.length === 1)
  return short === undefined ? {} : { short }
}

function isFlag(args: ArgsDef, name: string): boolean {
  return Object.hasOwn(args, name) && args[name]?.type !== 'positional'
}

function valueProblem(
  flag: string,
  def: Def | undefined,
  { value, inlineValue }: { value: string | undefined; inlineValue: boolean | undefined },
): string | null {
  if (def?.type === 'boolean') return value === undefined ? null : `${flag} takes no value`
  const isGiven = value !== undefined && (inlineValue || !value.startsWith('--'))
  if (!isGiven) return `${flag} needs a value${optionsOf(def)}`
  const isKnown = def?.type !== 'enum' || !def.options || def.options.includes(value)
  return isKnown ? null : `${flag} must be${optionsOf(def).slice(1)}`
}

function optionsOf(def: Def | undefined): string {
  if (def?.type !== 'enum' || !def.options) return ''
  return `: ${def.options.slice(0, -1).join(', ')} or ${def.options.at(-1)}`
}
