import type { ArgDef, ArgsDef, CommandDef } from 'citty'

declare module 'citty' {
  interface CommandMeta {
    /** Whole lines that can be typed as they stand, each beginning with `keyward `; a command has two or more. */
    examples?: readonly string[]
  }
}

// biome-ignore lint/suspicious/noExplicitAny: citty's own type for "a command, whatever its arguments".
export type Command = CommandDef<any>

/** What citty may give as a promise or a function, for things that are loaded when they are asked for. */
export async function resolved<T>(value: T | Promise<T> | (() => T | Promise<T>)): Promise<T> {
  return value instanceof Function ? await value() : await value
}

/** The commands below a command, by name. */
export async function subCommandsOf(command: Command): Promise<Record<string, Command>> {
  const below = Object.entries(await resolved(command.subCommands ?? {}))
  return Object.fromEntries(
    await Promise.all(below.map(async ([name, next]) => [name, await resolved(next)] as const)),
  )
}

/** As `subCommandsOf`, without those that only programs call. */
export async function shownCommandsOf(command: Command): Promise<Record<string, Command>> {
  const below = Object.entries(await subCommandsOf(command))
  const shown = await Promise.all(
    below.map(async ([name, next]) => {
      const { hidden = false } = await resolved(next.meta ?? {})
      return hidden ? [] : [[name, next] as const]
    }),
  )
  return Object.fromEntries(shown.flat())
}

/** What a command takes, by name, in the order in which it was defined. */
export async function argsOf(command: Command): Promise<ArgsDef> {
  return await resolved(command.args ?? {})
}

/** Whether a positional argument may be given several times: its hint ends with an ellipsis, as in KEY…. */
export function takesMany({ valueHint }: { valueHint?: string }): boolean {
  return valueHint?.endsWith('…') ?? false
}

/** The short forms of a flag, without the dash. */
export function aliasesOf(def: ArgDef): string[] {
  return 'alias' in def ? [def.alias ?? []].flat() : []
}
