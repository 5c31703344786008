import {
  closeSync,
  fsyncSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { AppError } from '../errors.ts'

export type EnvFile = {
  /** Puts the value in; all else in the file stays as it is. @throws CONFLICT where it cannot be written */
  write(value: string): void
  /** Lets others write it; call it in any case. */
  close(): void
}

/**
 * Takes a file of NAME=value lines, to put one value in. Until it is closed nobody else does: as git does it, the new
 * file is made beside it as FILE.lock, and takes its place when it is whole, readable by its owner alone (mode 0600).
 * @param isForced whether a value that is there may be replaced
 * @throws CONFLICT where it has a value of that name, another command is writing it, or it cannot be written
 */
export function openEnvFile(path: string, name: string, isForced: boolean): EnvFile {
  const file = realPathOf(path)
  const lock = `${file}.lock`
  const descriptor = takeLock(lock, path)
  try {
    const lines = linesOf(file)
    const place = lines.findIndex((line) => assignmentOf(name).test(line))
    if (place >= 0 && !isForced) {
      throw new AppError('CONFLICT', `${path} has a value of ${name} already; --force replaces it`)
    }
    return {
      write(value) {
        try {
          writeSync(descriptor, withValue(lines, place, name, value))
          fsyncSync(descriptor)
          renameSync(lock, file)
        } catch (error) {
          throw unwritable(path, error)
        }
      },
      close() {
        closeSync(descriptor)
        rmSync(lock, { force: true })
      },
    }
  } catch (error) {
    closeSync(descriptor)
    rmSync(lock, { force: true })
    throw error instanceof AppError ? error : unwritable(path, error)
  }
}

// --- internal ---

/** A link stays one, and what it points at is written. */
function realPathOf(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}

function takeLock(lock: string, path: string): number {
  try {
    return openSync(lock, 'wx', 0o600)
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw unwritable(path, error)
    throw new AppError('CONFLICT', `another command is writing ${path}; if none is, remove ${lock}`)
  }
}

/** Each with its own end of line. */
function linesOf(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split(/(?<=\n)/)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return []
    throw error
  }
}

function assignmentOf(name: string): RegExp {
  return new RegExp(`^(\\s*(?:export\\s+)?)${name}\\s*=`)
}

/** @param place of the line that has a value already; -1: there is none */
function withValue(lines: readonly string[], place: number, name: string, value: string): string {
  if (place < 0) {
    const before = lines.join('')
    return `${before}${before === '' || before.endsWith('\n') ? '' : '\n'}${name}=${value}\n`
  }
  return lines
    .map((line, index) => {
      if (!assignmentOf(name).test(line)) return line
      const [, head = ''] = assignmentOf(name).exec(line) ?? []
      const end = /\r?\n$/.exec(line)?.[0] ?? ''
      // A second line of that name would go before the first one.
      return index === place ? `${head}${name}=${value}${end}` : ''
    })
    .join('')
}

/** Without the error as its cause, which would be taken for a trouble of the data folder. */
function unwritable(path: string, error: unknown): AppError {
  return new AppError('CONFLICT', `${path} cannot be written (${codeOf(error) ?? 'unknown'})`)
}

function codeOf(error: unknown): string | null {
  return error instanceof Error && 'code' in error ? String(error.code) : null
}
