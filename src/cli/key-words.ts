import { isKeyForm } from '../keys/token.ts'
import { questionsFor } from './questions.ts'
import { readStdin } from './stdin.ts'
import { tell } from './terminal.ts'
import { UsageError } from './usage-error.ts'

/** How a command that takes a key, or several, describes it. */
export const KEY_WORD =
  'A key: its id or the beginning of it, its first 20 characters as lists show them, or - for a whole key on stdin'

/**
 * Reads the words that name keys; for - the keys that stand on stdin, one a line.
 * @throws UsageError where stdin holds none, or more than a command can mean
 */
export async function keyWords(words: readonly string[], input?: unknown): Promise<string[]> {
  if (words.filter((word) => word === '-').length > 1) throw new UsageError(['- is given twice'])
  if (words.some((word) => isKeyForm(word.trim()))) {
    tell(
      'A whole key was given as an argument, so the history of your shell has it now. Better: - and the key on stdin.',
    )
  }
  const read = await Promise.all(words.map((word) => (word === '-' ? keysOnStdin(input) : [word])))
  return read.flat()
}

/** As `keyWords`, for a command that takes one key. */
export async function keyWord(word: string): Promise<string> {
  const [only, another] = await keyWords([word])
  if (only === undefined || another !== undefined) throw new UsageError(['one key is expected on stdin'])
  return only
}

// --- internal ---

/** Characters: a thousand keys. */
const STDIN_LENGTH_MAX = 65_536

async function keysOnStdin(input: unknown): Promise<string[]> {
  const questions = await questionsFor(input)
  const text = questions ? await questions.hidden('The whole key') : await readStdin(STDIN_LENGTH_MAX)
  if (text.length > STDIN_LENGTH_MAX) throw new UsageError(['stdin holds more than keys'])
  const keys = text.split(/\s+/).filter((word) => word !== '')
  if (keys.length === 0) throw new UsageError(['there is no key on stdin'])
  return keys
}
