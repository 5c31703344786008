import { AppError } from '../errors.ts'
import { askingArgs, questionsFor } from './questions.ts'

/** For a command that does what cannot be undone. */
export const confirmArgs = {
  yes: { type: 'boolean', description: 'Do not ask' },
  ...askingArgs,
} as const

/**
 * Asks the person at the terminal before what cannot be undone; where nobody can be asked, the command line is taken at
 * its word. Call it before the folder is ours, so that nobody else waits for the answer.
 * @throws CONFLICT unless the answer is yes.
 */
export async function refuseUnsure(
  question: string,
  { yes, input }: { yes?: boolean; input?: unknown },
): Promise<void> {
  const questions = yes ? null : await questionsFor(input)
  if (questions && !(await questions.confirm(question))) throw new AppError('CONFLICT', 'nothing was changed')
}
