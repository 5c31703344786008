import type { ServedAdmin } from '../admin/admin.ts'
import { type Operation, operationNamed } from '../admin/operation.ts'

/** The operations that the page calls. It can neither replace secret.key nor let others in. */
const NOUNS: ReadonlySet<string> = new Set<keyof ServedAdmin>([
  'keys',
  'accounts',
  'workers',
  'tasks',
  'disputes',
  'runs',
  'workflows',
  'deliveries',
  'audit',
  'requests',
  'server',
  'clock',
  'faults',
  'exchanges',
])

/** @param name as in keys.revoke */
export function callableOperation(admin: ServedAdmin, name: string): Operation | undefined {
  return NOUNS.has(name.split('.')[0] ?? '') ? operationNamed(admin, name) : undefined
}
