import { describe, expect, test } from 'bun:test'
import { argsOf, shownCommandsOf } from '../../../src/cli/command.ts'
import { root } from '../../../src/cli/commands.ts'
import { EXIT } from '../../../src/cli/exit-codes.ts'
import { findCommand } from '../../../src/cli/find-command.ts'
import { leavesOf } from '../../../src/cli/help/command-text.ts'
import { helpText } from '../../../src/cli/help/help.ts'
import { refuseLooseArgs } from '../../../src/cli/strict-args.ts'
import { UsageError } from '../../../src/cli/usage-error.ts'
import { SETTINGS } from '../../../src/config.ts'

const leaves = await leavesOf(root, ['keyward'])

/** The words of an example, as a shell takes them apart; what follows a pipe or a redirection is not ours. */
function wordsOf(example: string): string[] {
  const [, ours = ''] = /keyward (.*?)(?:\)?$| [|>])/.exec(example.replace(/\)$/, '')) ?? []
  return [...ours.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, word]) => quoted ?? word ?? '')
}

/** Lines that are to be pasted begin, after their indentation, with the program or with a shell's words around it. */
const PASTED = /^ {2}(npm|bun|source <\(\S+|[A-Z]+=\$\(\S+|\S*\/bun\S*) /

describe('each command', () => {
  test.each(leaves.map(({ name, ...text }) => [name, text] as const))(
    '%s has two examples, which the command line understands',
    async (name, { examples, description }) => {
      expect(description).not.toBe('')
      expect(examples.length).toBeGreaterThanOrEqual(2)
      for (const example of examples) {
        const words = wordsOf(example)
        // The one flag that is a command.
        if (words[0] === '--version') continue
        const { command, path, rawArgs } = await findCommand(root, words)
        expect(path.join(' ')).toBe(name)
        refuseLooseArgs(await argsOf(command), rawArgs)
      }
    },
  )

  test('is found in the help of the program, and those that only scripts call are not', async () => {
    const text = await helpText(root, [], 100)
    const { admin = {}, ...others } = await shownCommandsOf(root)
    for (const name of Object.keys(await shownCommandsOf(admin))) expect(text).toContain(`\n  admin ${name} `)
    for (const name of Object.keys(others)) expect(text).toContain(`\n  ${name}`)
    expect(text).not.toMatch(/^ {2}complete /m)
  })

  test.each([44, 80])('has help of no more than %d columns, but for lines to paste', async (width) => {
    for (const words of [[], ['exit-codes'], ...leaves.map(({ name }) => name.split(' ').slice(1))]) {
      const tooWide = (await helpText(root, words, width))
        .split('\n')
        .filter((line) => Bun.stringWidth(line) > width && !PASTED.test(line))
      expect(tooWide).toEqual([])
    }
  })
})

describe('help', () => {
  test('finds an admin command without the word admin', async () => {
    expect(await helpText(root, ['keys', 'create'], 80)).toBe(
      await helpText(root, ['admin', 'keys', 'create'], 80),
    )
  })

  test('names the variable beside each setting of serve', async () => {
    const text = await helpText(root, ['serve'], 200)
    for (const name of SETTINGS) {
      const variable = `KEYWARD_${name.toUpperCase().replaceAll('-', '_')}`
      expect(text).toMatch(new RegExp(`--${name} .*\\[${variable}\\]`))
    }
  })

  test('has a table of all exit codes', async () => {
    const text = await helpText(root, ['exit-codes'], 80)
    for (const code of Object.values(EXIT)) expect(text).toMatch(new RegExp(`^  ${code} `, 'm'))
  })

  test('of a command that is none is refused with its near miss', async () => {
    expect(helpText(root, ['keys', 'crate'], 80)).rejects.toThrow('Did you mean "create"?')
    expect(helpText(root, ['nothing'], 80)).rejects.toBeInstanceOf(UsageError)
  })
})
