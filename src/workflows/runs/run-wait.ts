import type { runWaits } from '../../db/schema/runs.ts'
import type { ApprovalRequest, WaitAnswer } from '../steps/suspension.ts'
import { readRecordName } from './step-result.ts'

/** A comment on a decision, in characters: a page. */
export const COMMENT_LENGTH_MAX = 2000

export type Wait = {
  runId: string
  accountId: string
  /** The attempt of the run that waits. */
  attempt: number
  /** The name that the execution waits under. */
  key: string
  kind: (typeof runWaits.$inferSelect)['kind']
  stepId: string
  /** When it is over by itself; null: never. */
  dueAt: number | null
  answer: WaitAnswer | null
  createdAt: number
}

/** The path in the run of the step that waits: "each[3]/ask". */
export function pathOf({ key }: Pick<Wait, 'key'>): string {
  return readRecordName(key).key
}

/** With what approvers are shown, which may be a megabyte, so it is read only to be shown. */
export type OpenApproval = Wait & { request: ApprovalRequest }
