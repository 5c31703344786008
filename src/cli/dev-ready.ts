import { closeSync, existsSync, fstatSync, readFileSync, writeSync } from 'node:fs'
import type { DataFolder } from '../data-folder/folder.ts'
import { AppError, invalid } from '../errors.ts'
import { wholeNumber } from './number-args.ts'

/** What a program that has started the server needs to know. */
export type Ready = {
  url: string
  pid: number
  /** The data folder. */
  data: string
  /** Under --dev what stands in dev.env, by name. */
  env: Record<string, string>
}

export function readyOf({ path, devEnv }: DataFolder, url: string, isDev: boolean): Ready {
  const env = isDev && existsSync(devEnv) ? exportsOf(devEnv) : {}
  return { url, pid: process.pid, data: path, env }
}

/**
 * Call it before any file is opened, so that none of our own has the number.
 * @param text of --ready-fd: a file that whoever started us has opened for us, such as a pipe
 * @returns tells there that the server is ready, in one line, and closes it
 * @throws INVALID_INPUT
 */
export function readyWriter(text: string): (ready: Ready) => void {
  const fd = wholeNumber('--ready-fd', text)
  if (fd < FD_MIN || !isOpen(fd))
    throw invalid('--ready-fd', `must be the number of a file that is open, ${FD_MIN} or more`)
  return (ready) => {
    try {
      writeSync(fd, `${JSON.stringify(ready)}\n`)
    } catch (cause) {
      const reason = cause instanceof Error && 'code' in cause ? cause.code : cause
      throw new AppError('CONFLICT', `--ready-fd ${fd} cannot be written (${reason})`, [], { cause })
    }
    closeSync(fd)
  }
}

// --- internal ---

/** Those below are stdin, stdout and stderr. */
const FD_MIN = 3

/** The runtime has open files of its own, which are none of these. */
function isOpen(fd: number): boolean {
  try {
    const stats = fstatSync(fd)
    return stats.isFIFO() || stats.isFile() || stats.isSocket() || stats.isCharacterDevice()
  } catch {
    return false
  }
}

/** @throws CONFLICT where it cannot be read */
function exportsOf(file: string): Record<string, string> {
  const lines = textOf(file).matchAll(/^export (\w+)=(\S+)$/gm)
  return Object.fromEntries([...lines].map(([, name, value]) => [name, value]))
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    const reason = cause instanceof Error && 'code' in cause ? cause.code : cause
    throw new AppError('CONFLICT', `${file} cannot be read (${reason})`, [], { cause })
  }
}
