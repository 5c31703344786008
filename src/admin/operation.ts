import type { OnDisk } from '../db/on-disk.ts'
import { AppError } from '../errors.ts'
import { storageFailure } from '../lib/storage-trouble.ts'
import { logFailure } from '../log.ts'
import type { ServedAdmin } from './admin.ts'
import { refusalOf, type SocketAnswer } from './socket-answer.ts'

/** Takes any JSON, which it checks itself. */
export type Operation = (input: never) => Promise<unknown>

/** @param name as in keys.revoke */
export function operationNamed(admin: ServedAdmin, name: string): Operation | undefined {
  const [noun = '', verb = '', ...more] = name.split('.')
  if (more.length > 0) return undefined
  const operations: object | undefined = Object.hasOwn(admin, noun)
    ? admin[noun as keyof ServedAdmin]
    : undefined
  return new Map(Object.entries(operations ?? {})).get(verb)
}

/** What an operation has stored is on disk before its outcome is told. Never rejects. @param name as in keys.revoke */
export async function outcomeOf(
  name: string,
  operate: () => Promise<unknown>,
  onDisk: OnDisk,
): Promise<SocketAnswer> {
  try {
    const value = await operate()
    if (!isRead(name)) await onDisk()
    return { value }
  } catch (error) {
    return failureOf(`the admin operation ${name}`, error)
  }
}

/** What is told of what was thrown; the operator's log is told of more where it was no refusal. @param what for the log */
export function failureOf(what: string, error: unknown): SocketAnswer {
  if (error instanceof AppError) return refusalOf(error)
  logFailure(what, error)
  const message = storageFailure(error)
  return message === null ? { broken: true } : refusalOf(new AppError('UNAVAILABLE', message))
}

// --- internal ---

/**
 * What only reads waits for nothing, as over HTTP (http/from-disk.ts). audit.verify and audit.export are not among it: what they give
 * is kept elsewhere, and the trail is compared with it, so it must not be lost here afterwards.
 */
function isRead(name: string): boolean {
  const [, verb = ''] = name.split('.')
  return READ_VERBS.has(verb) || READS.has(name)
}

const READ_VERBS: ReadonlySet<string> = new Set(['list', 'show', 'count'])
const READS: ReadonlySet<string> = new Set([
  'data.export',
  'keys.addresses',
  'keys.explain',
  'keys.usage',
  'keys.verify',
  'requests.follow',
  'runs.logs',
  'runs.step',
  'server.status',
])
