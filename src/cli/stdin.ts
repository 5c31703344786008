import { AppError } from '../errors.ts'

/**
 * Reads what `-` stands for.
 * @param lengthMax more is not read, but for the piece that goes beyond it
 * @throws INVALID_INPUT where it cannot be read, such as a folder
 */
export async function readStdin(lengthMax = Number.POSITIVE_INFINITY): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  try {
    for await (const chunk of Bun.stdin.stream()) {
      text += decoder.decode(chunk, { stream: true })
      if (text.length > lengthMax) break
    }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? ` (${error.code})` : ''
    throw new AppError('INVALID_INPUT', `stdin cannot be read${code}`)
  }
  return text
}
