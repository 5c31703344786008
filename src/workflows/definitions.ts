import type { Static } from '@sinclair/typebox'
import type { Clock } from '../clock.ts'
import type { Db } from '../db/open.ts'
import { AppError } from '../errors.ts'
import type { CanvasState, Json, Step } from '../flow/step.ts'
import type { Page } from './cursor.ts'
import { refuseBadDefinition } from './definition-rules.ts'
import { createDefinitionStore, type WebhookWorkflow, type WorkflowFilter } from './definition-store.ts'
import type { canvasBody, createWorkflowBody, updateWorkflowBody } from './schemas.ts'

export type WorkflowStatus = 'draft' | 'active' | 'paused' | 'archived'
export type Trigger = Static<typeof createWorkflowBody>['trigger'] & Json

/** What a version of a workflow fixes. */
export type Definition = {
  name: string
  description: string | null
  trigger: Trigger
  steps: Step[]
  inputSchema: Json | null
  outputSchema: Json | null
  settings: Json | null
  canvasState: CanvasState | null
}

export type Workflow = Definition & {
  id: string
  accountId: string
  status: WorkflowStatus
  version: number
  changeSummary: string | null
  /** When the current version became the current one, in ms. */
  versionedAt: number
  createdAt: number
  updatedAt: number
}

/** What a list shows of a workflow. */
export type WorkflowSummary = Pick<
  Workflow,
  'id' | 'name' | 'description' | 'status' | 'version' | 'trigger' | 'createdAt' | 'updatedAt'
>

export type WorkflowVersion = {
  version: number
  definition: Definition
  changeSummary: string | null
  createdAt: number
}

/** Told of each change of a workflow, in the transaction that stores it. @param before as it was. */
export type OnChange = (workflow: Workflow, before: Workflow) => void

export type Definitions = ReturnType<typeof createDefinitions>

/** An account's workflow definitions: draft to active, paused and back, archived in the end. */
export function createDefinitions({ db, clock, onChange }: { db: Db; clock: Clock; onChange: OnChange }) {
  const store = createDefinitionStore(db)

  function get(accountId: string, id: string): Workflow {
    const workflow = store.get(accountId, id)
    if (!workflow) throw new AppError('NOT_FOUND', 'Workflow not found')
    return workflow
  }

  /** Stores a change and tells of it: both are done or neither. */
  function save(workflow: Workflow, before: Workflow, replaced: WorkflowVersion | null = null): Workflow {
    store.atomically(() => {
      store.update(workflow, replaced)
      onChange(workflow, before)
    })
    return workflow
  }

  /** Moves a workflow; asking for the state it is in changes nothing. @throws CONFLICT naming its status. */
  function move(
    accountId: string,
    id: string,
    to: WorkflowStatus,
    from: readonly WorkflowStatus[],
  ): Workflow {
    const workflow = get(accountId, id)
    if (workflow.status === to) return workflow
    if (!from.includes(workflow.status)) {
      throw new AppError(
        'CONFLICT',
        `Workflow is ${workflow.status}: only ${from.join(' or ')} can become ${to}`,
      )
    }
    return save({ ...workflow, status: to, updatedAt: clock.now() }, workflow)
  }

  /**
   * Changes the fields that are given. A draft has had no run and is changed in place; of a workflow that
   * was ever active, the version that is replaced goes into the history, so that each run's stays readable.
   * @throws NOT_FOUND, INVALID_INPUT, CONFLICT for an archived one.
   */
  function change(accountId: string, id: string, input: Change): Workflow {
    const workflow = get(accountId, id)
    if (workflow.status === 'archived') {
      throw new AppError('CONFLICT', 'Workflow is archived: it can no longer be changed')
    }
    const now = clock.now()
    const changed: Workflow = {
      ...workflow,
      name: input.name ?? workflow.name,
      description: input.description === undefined ? workflow.description : input.description,
      trigger: input.trigger ?? workflow.trigger,
      steps: input.steps ?? workflow.steps,
      inputSchema: input.inputSchema === undefined ? workflow.inputSchema : input.inputSchema,
      outputSchema: input.outputSchema === undefined ? workflow.outputSchema : input.outputSchema,
      settings: input.settings === undefined ? workflow.settings : input.settings,
      canvasState: input.canvasState === undefined ? workflow.canvasState : input.canvasState,
      changeSummary: input.changeSummary ?? null,
      updatedAt: now,
    }
    refuseBadDefinition(input, changed)
    if (workflow.status === 'draft') return save(changed, workflow)
    return save(
      { ...changed, version: workflow.version + 1, versionedAt: now },
      workflow,
      toVersion(workflow),
    )
  }

  return {
    get,

    list(accountId: string, filter: WorkflowFilter): Page<WorkflowSummary> {
      return store.list(accountId, filter)
    },

    /** @throws INVALID_INPUT with the field of each problem. */
    create(accountId: string, input: Static<typeof createWorkflowBody>): Workflow {
      const now = clock.now()
      const workflow: Workflow = {
        id: Bun.randomUUIDv7(),
        accountId,
        status: 'draft',
        version: 1,
        changeSummary: null,
        versionedAt: now,
        createdAt: now,
        updatedAt: now,
        name: input.name,
        description: input.description ?? null,
        trigger: input.trigger,
        steps: input.steps,
        inputSchema: input.inputSchema ?? null,
        outputSchema: input.outputSchema ?? null,
        settings: input.settings ?? null,
        canvasState: null,
      }
      refuseBadDefinition(workflow, workflow)
      store.insert(workflow)
      return workflow
    },

    // A body may hold fields that its schema does not know: each operation takes what is its own.

    /** @throws NOT_FOUND, INVALID_INPUT, CONFLICT for an archived one. */
    update(accountId: string, id: string, input: Static<typeof updateWorkflowBody>): Workflow {
      const { name, description, trigger, steps, inputSchema, outputSchema, settings, changeSummary } = input
      const given = { name, description, trigger, steps, inputSchema, outputSchema, settings, changeSummary }
      return change(accountId, id, given)
    },

    /**
     * Changes what Studio has drawn, and the steps with it where they are given; null: nothing is drawn.
     * @throws NOT_FOUND, INVALID_INPUT, CONFLICT for an archived one.
     */
    draw(accountId: string, id: string, input: Static<typeof canvasBody>): Workflow {
      const { canvasState, steps, changeSummary } = input
      return change(accountId, id, { canvasState, steps, changeSummary })
    },

    activate: (accountId: string, id: string) => move(accountId, id, 'active', ['draft', 'paused']),
    pause: (accountId: string, id: string) => move(accountId, id, 'paused', ['active']),
    archive: (accountId: string, id: string) =>
      move(accountId, id, 'archived', ['draft', 'active', 'paused']),

    /** The account's active workflows that a provider's webhooks start, oldest first. */
    startedBy: (accountId: string, provider: string): WebhookWorkflow[] =>
      store.startedBy(accountId, provider),

    /** What a version of a workflow said, for a run of it. @throws NOT_FOUND */
    version(id: string, version: number): Definition {
      const definition = store.version(id, version)
      if (!definition) throw new AppError('NOT_FOUND', 'Workflow not found')
      return definition
    },

    /**
     * A page of all versions, the current one first. It ends early where versions are large.
     * @param before only versions of a lower number; null: from the current one.
     * @throws NOT_FOUND
     */
    versions(accountId: string, id: string, before: number | null, limit: number): Page<WorkflowVersion> {
      const workflow = get(accountId, id)
      const current = before === null || before > workflow.version ? [toVersion(workflow)] : []
      const replaced = store.replacedVersions(id, {
        before: before ?? workflow.version,
        limit: limit - current.length,
      })
      return { items: [...current, ...replaced.items], hasMore: replaced.hasMore }
    },
  }
}

// --- internal ---

type Change = Partial<Definition> & { changeSummary?: string }

function toVersion(workflow: Workflow): WorkflowVersion {
  const { name, description, trigger, steps, inputSchema, outputSchema, settings, canvasState } = workflow
  return {
    version: workflow.version,
    definition: { name, description, trigger, steps, inputSchema, outputSchema, settings, canvasState },
    changeSummary: workflow.changeSummary,
    createdAt: workflow.versionedAt,
  }
}
