import { nearest } from '../lib/near-miss.ts'

/** Words that other programs use for the same: whoever types one means the one that the command knows. */
const SYNONYMS: readonly (readonly string[])[] = [
  ['revoke', 'delete', 'remove', 'rm', 'del', 'destroy', 'suspend', 'cancel'],
  ['list', 'ls', 'all', 'get'],
  ['create', 'add', 'new', 'make', 'generate'],
  ['update', 'edit', 'set', 'change', 'modify'],
  ['show', 'view', 'info', 'describe', 'inspect', 'get'],
  ['rotate', 'roll', 'renew', 'regenerate'],
  ['serve', 'start', 'run', 'server', 'up'],
  ['status', 'health', 'ping', 'ps'],
  ['licences', 'licenses', 'license', 'licence'],
  ['completions', 'completion', 'complete'],
  ['disputes', 'dispute'],
  ['--environment', '--env', '--mode'],
  ['--data', '--dir', '--folder', '--data-dir', '--path'],
  ['--expires', '--expiry', '--expiration', '--ttl', '--expires-at', '--expires-in', '--lifetime'],
  ['--name', '--label', '--title'],
  ['--scopes', '--scope', '--permissions'],
  ['--account', '--account-id', '--user', '--owner'],
  ['--cents', '--amount'],
  ['--yes', '--force', '--confirm'],
  ['--json', '--output', '--format'],
  ['--host', '--bind', '--listen', '--hostname'],
]

const BEGINNING_MIN = 3

/** @returns the known word that is meant by another: a synonym, a slip of the hand, or its beginning; null: none. */
export function meantWord(word: string, known: readonly string[]): string | null {
  const same = SYNONYMS.filter((words) => words.includes(word)).flat()
  const synonym = known.find((candidate) => same.includes(candidate))
  if (synonym !== undefined) return synonym
  const near = nearest(word, known)
  if (near !== null) return near
  const longer = known.filter((candidate) => candidate.startsWith(word))
  const [only] = longer
  const isBeginning = word.replace(/^-+/, '').length >= BEGINNING_MIN
  return isBeginning && longer.length === 1 && only !== undefined ? only : null
}
