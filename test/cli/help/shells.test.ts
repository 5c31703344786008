import { describe, expect, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { SHELLS } from '../../../src/cli/help/shells.ts'
import { shellQuoted } from '../../../src/lib/shell-quoted.ts'
import { afterTest } from '../../helpers/after-test.ts'
import { emptyFolder, KEYWARD } from '../../helpers/process.ts'

const PROGRAM = KEYWARD.map(shellQuoted).join(' ')

/** Runs a script in a shell of its own, in an empty folder. */
async function inShell(shell: string, script: string): Promise<{ stdout: string; folder: string }> {
  const folder = emptyFolder()
  const child = Bun.spawn([shell, '-c', script], { cwd: folder, stdout: 'pipe', stderr: 'pipe' })
  afterTest(() => child.kill('SIGKILL'))
  const [stdout, stderr] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ])
  expect(stderr).toBe('')
  return { stdout, folder }
}

/** What each shell does at Tab, with the line as words; only fish can be asked as a terminal would. */
const AT_TAB: Readonly<Record<keyof typeof SHELLS, (words: readonly string[]) => string>> = {
  bash: (words) =>
    `COMP_WORDS=(${words.map(shellQuoted).join(' ')}); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _keyward; printf '%s\\n' "\${COMPREPLY[@]}"`,
  zsh: (words) =>
    `compset() {}; _describe() { print -l -- $found }; words=(${words.map(shellQuoted).join(' ')}); CURRENT=$#words; _keyward`,
  fish: (words) => `complete -C ${shellQuoted(words.join(' '))}`,
}

describe.each(Object.keys(SHELLS) as (keyof typeof SHELLS)[])('in %s', (shell) => {
  const script = `${shell === 'zsh' ? 'compdef() {}\n' : ''}${SHELLS[shell](PROGRAM)}\n`

  test.skipIf(!Bun.which(shell))('Tab completes a command', async () => {
    const { stdout } = await inShell(shell, script + AT_TAB[shell](['keyward', 'admin', 'ke']))
    expect(stdout).toStartWith('keys')
  })

  test.skipIf(!Bun.which(shell))('Tab runs nothing that stands on the line', async () => {
    const { folder } = await inShell(
      shell,
      script + AT_TAB[shell](['keyward', '$(touch ran)', '`touch ran`', '']),
    )
    expect(existsSync(join(folder, 'ran'))).toBe(false)
  })
})
