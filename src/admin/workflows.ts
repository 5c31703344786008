import type { Accounts } from '../accounts/accounts.ts'
import type { Actor } from '../audit/actor.ts'
import { isoTime } from '../lib/instant.ts'
import { WORKFLOW_STATUSES, type Workflow } from '../workflows/definitions/definition.ts'
import type { OverseenWorkflow } from '../workflows/definitions/oversight.ts'
import { graphOf } from '../workflows/plan/graph.ts'
import { compilePlan } from '../workflows/plan/plan.ts'
import type { Workflows } from '../workflows/workflows.ts'
import { accountFilter } from './account-filter.ts'
import { known, wholeNumber } from './listed.ts'
import { optionalText, searchText, textField } from './text-field.ts'

export type ListWorkflowsInput = {
  accountId?: string
  /** Left out: all but the archived ones. */
  status?: string
  /** Part of the name. */
  search?: string
  /** 1 to 500; left out: 50. */
  limit?: number
  /** The id of the workflow that ends what was listed before. */
  after?: string
}

export type WorkflowView = Awaited<ReturnType<WorkflowOperations['list']>>[number]

export type WorkflowDetailsView = Awaited<ReturnType<WorkflowOperations['show']>>

type WorkflowOperations = ReturnType<typeof createWorkflowOperations>

type Parts = { workflows: Pick<Workflows, 'oversight' | 'runs'>; accounts: Accounts }

const LISTED = 50
const LISTED_MAX = 500

export function createWorkflowOperations({ workflows, accounts }: Parts, actor: Actor) {
  const { oversight, runs } = workflows

  function view({ createdAt, updatedAt, ...workflow }: OverseenWorkflow) {
    const lastRun = runs.lastOf(workflow.accountId, workflow.id)
    return {
      ...workflow,
      accountName: accounts.find(workflow.accountId).name,
      createdAt: isoTime(createdAt),
      updatedAt: isoTime(updatedAt),
      lastRun: lastRun ? { ...lastRun, createdAt: isoTime(lastRun.createdAt) } : null,
    }
  }

  return {
    /** Of all accounts, the last made first. @throws INVALID_INPUT; NOT_FOUND for the account */
    async list({ accountId, status, search, limit = LISTED, after }: ListWorkflowsInput) {
      const found = await oversight.list({
        accountId: accountFilter(accounts, accountId),
        status: known('status', status, WORKFLOW_STATUSES),
        search: searchText(search),
        limit: wholeNumber('limit', limit, 1, LISTED_MAX),
        after: optionalText('after', after),
      })
      return found.map(view)
    },

    /**
     * As its account has defined it, and what runs of that, to be drawn. A definition names secrets; their values stand
     * elsewhere. @throws NOT_FOUND
     */
    async show({ id }: { id: string }) {
      const workflow = oversight.find(textField('id', id))
      const { description, trigger, steps, inputSchema, outputSchema } = workflow
      const { settings, variables, canvasState } = workflow
      return {
        ...view(overseen(workflow)),
        description,
        definition: { trigger, steps, inputSchema, outputSchema, settings, variables, canvasState },
        graph: graphOf(compilePlan(steps, canvasState)),
      }
    },

    /** Its runs can be started from then on. @throws NOT_FOUND, CONFLICT for an archived one */
    activate: async ({ id }: { id: string }) =>
      view(overseen(oversight.activate(textField('id', id), actor))),

    /** Nothing starts a run of it from then on; runs that have begun go on. @throws NOT_FOUND, CONFLICT */
    pause: async ({ id }: { id: string }) => view(overseen(oversight.pause(textField('id', id), actor))),
  }
}

// --- internal ---

function overseen(workflow: Workflow): OverseenWorkflow {
  const { id, accountId, name, status, version, createdAt, updatedAt, trigger, steps } = workflow
  const facts = { id, accountId, name, status, version, createdAt, updatedAt }
  return { ...facts, triggerType: trigger.type, steps: steps.length }
}
