import { runCli } from '../../src/cli/cli.ts'
import { setOutputMode } from '../../src/cli/terminal.ts'
import { stdout } from '../../src/lib/standard-streams.ts'
import { loggedDuring } from './logged.ts'
import type { Finished } from './process.ts'

/**
 * Carries a command line out in this process, as main.ts does in its own: for the many that are refused before anything
 * is started or read from stdin. A process for each takes a hundred times as long.
 * @param folder what KEYWARD_DATA says
 */
export async function commandHere(words: readonly string[], folder: string): Promise<Finished> {
  let printed = ''
  const write = stdout.write
  const { KEYWARD_DATA: before } = process.env
  stdout.write = (text) => {
    printed += text
  }
  process.env.KEYWARD_DATA = folder
  try {
    const { result: code, told } = await loggedDuring(() => runCli(words))
    return { code, stdout: printed, stderr: told.map((line) => `${line}\n`).join('') }
  } finally {
    stdout.write = write
    if (before === undefined) delete process.env.KEYWARD_DATA
    else process.env.KEYWARD_DATA = before
    setOutputMode({ json: false, plain: false })
  }
}
