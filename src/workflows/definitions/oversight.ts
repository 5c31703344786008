import type { Actor } from '../../audit/actor.ts'
import type { AuditTrail } from '../../audit/trail.ts'
import type { Db } from '../../db/open.ts'
import { AppError, invalid } from '../../errors.ts'
import { nextTurn } from '../../lib/next-turn.ts'
import type { Workflow, WorkflowStatus } from './definition.ts'
import type { Definitions } from './definitions.ts'
import { createOversightStore, type WorkflowPlace, type WorkflowSearch } from './oversight-store.ts'

export type Oversight = ReturnType<typeof createOversight>

/** `after`: the id of the workflow that ends what was listed before. */
export type WorkflowListing = Omit<WorkflowSearch, 'after'> & { after?: string }

/** What a list tells of a workflow of any account. Times in ms. */
export type OverseenWorkflow = {
  id: string
  accountId: string
  name: string
  status: WorkflowStatus
  version: number
  createdAt: number
  updatedAt: number
  triggerType: string
  /** How many. */
  steps: number
}

/** Of JSON in which steps are counted: some ms of work. */
const BYTES_PER_TURN = 1024 * 1024

type Parts = { db: Db; definitions: Definitions; audit: AuditTrail }

/** What the operator sees of any account's workflows, and changes: each change is one transaction with its audit row. */
export function createOversight({ db, definitions, audit }: Parts) {
  const store = createOversightStore(db)

  /** @throws NOT_FOUND */
  function find(id: string): Workflow {
    const place = store.place(id)
    if (!place) throw new AppError('NOT_FOUND', 'Workflow not found')
    return definitions.get(place.accountId, id)
  }

  /** Asking for the state that it is in changes nothing, and leaves no row. @throws NOT_FOUND, CONFLICT */
  function move(action: 'activate' | 'pause', id: string, actor: Actor): Workflow {
    return db.transaction(
      () => {
        const before = find(id)
        const { accountId } = before
        const moved = definitions[action](accountId, id)
        if (moved.status === before.status) return moved
        audit.record({
          actor,
          action: `workflows.${action}`,
          subject: id,
          accountId,
          before: { name: before.name, status: before.status },
          after: { name: moved.name, status: moved.status },
        })
        return moved
      },
      { behavior: 'immediate' },
    )
  }

  /** @throws INVALID_INPUT */
  function placeOf(after: string | undefined): WorkflowPlace | undefined {
    if (after === undefined) return undefined
    const place = store.place(after)
    if (!place) throw invalid('after', 'must be the id of a workflow')
    return place
  }

  return {
    /** The last made first. @throws INVALID_INPUT */
    async list({ after, ...search }: WorkflowListing): Promise<OverseenWorkflow[]> {
      const listed: OverseenWorkflow[] = []
      let bytesRead = 0
      for (const row of await store.list({ ...search, after: placeOf(after) })) {
        const shape = store.shape(row.id)
        // Deleted meanwhile, with its account.
        if (!shape) continue
        const { triggerType, steps, bytes } = shape
        listed.push({ ...row, triggerType, steps })
        bytesRead += bytes
        if (bytesRead < BYTES_PER_TURN) continue
        bytesRead = 0
        await nextTurn()
      }
      return listed
    },

    find,

    /** @throws NOT_FOUND, CONFLICT naming its status */
    activate: (id: string, actor: Actor): Workflow => move('activate', id, actor),
    pause: (id: string, actor: Actor): Workflow => move('pause', id, actor),
  }
}
