import { AppError } from '../errors.ts'
import { printable } from '../lib/printable.ts'

type Option<V extends string> = { value: V; label: string }

/** What a person is asked on their terminal; every question is asked on stderr, so that stdout can be captured. */
export type Questions = {
  text(message: string, problemOf: (answer: string) => string | undefined): Promise<string>
  /** For what nobody should see over a shoulder, or in what the terminal keeps. */
  hidden(message: string): Promise<string>
  choice<V extends string>(message: string, options: readonly Option<V>[]): Promise<V>
  /** No is what Enter means. */
  confirm(message: string): Promise<boolean>
}

/** For a command that may ask. */
export const askingArgs = {
  'no-input': { type: 'boolean', description: 'Ask for nothing, also on a terminal' },
} as const

/**
 * @param input of the arguments: citty makes `input: false` of --no-input.
 * @returns null where nobody can be asked: stdin or stderr is no terminal, or nothing may be asked.
 */
export async function questionsFor(input: unknown): Promise<Questions | null> {
  if (input === false || !process.stdin.isTTY || !process.stderr.isTTY) return null
  const { confirm, isCancel, password, select, text, updateSettings } = await import('@clack/prompts')
  // Ctrl-D ends the terminal's input: no answer would come any more, and the program would end as if all were done.
  updateSettings({ aliases: { '\u0004': 'cancel' } })
  const output = process.stderr

  function answered<T>(answer: T): Exclude<T, symbol> {
    if (isCancel(answer)) throw new AppError('CONFLICT', 'cancelled; nothing was changed')
    return answer as Exclude<T, symbol>
  }

  return {
    text: async (message, problemOf) =>
      answered(await text({ message, output, validate: (answer) => problemOf(answer ?? '') })),
    hidden: async (message) => answered(await password({ message, output })),
    async choice<V extends string>(message: string, options: readonly Option<V>[]) {
      const values = options.map(({ value, label }) => ({
        value: value as string,
        label: printable(label),
      }))
      const chosen = answered(await select<string>({ message, output, options: values }))
      const option = options.find(({ value }) => value === chosen)
      if (!option) throw new Error('the answer is none of the options')
      return option.value
    },
    confirm: async (message) =>
      answered(await confirm({ message: printable(message), output, initialValue: false })),
  }
}
