import type { Clock } from '../../clock.ts'
import type { Db } from '../../db/open.ts'
import { AppError } from '../../errors.ts'
import type { Problem } from '../../lib/problem.ts'
import type { SchemaChecker } from '../json-schema/schema-checker.ts'
import type { Page } from '../page.ts'
import type {
  Definition,
  DefinitionUpdate,
  Drawing,
  NewDefinition,
  Workflow,
  WorkflowStatus,
  WorkflowSummary,
  WorkflowVersion,
} from './definition.ts'
import { readTrigger, refuseBadDefinition } from './definition-rules.ts'
import { createDefinitionStore, type WorkflowFilter } from './definition-store.ts'

/** Told of each change of a workflow, in the transaction that stores it. @param before as it was. */
export type OnChange = (workflow: Workflow, before: Workflow) => void

export type Definitions = ReturnType<typeof createDefinitions>

type Parts = { db: Db; clock: Clock; schemas: SchemaChecker; onChange: OnChange }

/** An account's workflow definitions: draft to active, paused and back, archived in the end. */
export function createDefinitions({ db, clock, schemas, onChange }: Parts) {
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

  /** @throws NOT_FOUND, CONFLICT for an archived one. */
  function changeable(accountId: string, id: string): Workflow {
    const workflow = get(accountId, id)
    if (workflow.status !== 'archived') return workflow
    throw new AppError('CONFLICT', 'Workflow is archived: it can no longer be changed')
  }

  async function schemaProblems(
    accountId: string,
    { inputSchema, outputSchema }: Pick<Change, 'inputSchema' | 'outputSchema'>,
  ): Promise<Problem[]> {
    const input = inputSchema ? await schemas.schemaProblems(accountId, 'inputSchema', inputSchema) : []
    const output = outputSchema ? await schemas.schemaProblems(accountId, 'outputSchema', outputSchema) : []
    return [...input, ...output]
  }

  /**
   * Changes the fields that are given. A draft has had no run and is changed in place; of a workflow that
   * was ever active, the version that is replaced goes into the history, so that each run's stays readable.
   * @throws NOT_FOUND, INVALID_INPUT, CONFLICT for an archived one.
   */
  async function change(accountId: string, id: string, input: Change): Promise<Workflow> {
    changeable(accountId, id)
    const ofSchemas = await schemaProblems(accountId, input)
    // It may have been changed while its schemas were looked at.
    const workflow = changeable(accountId, id)
    const now = clock.now()
    const changed: Workflow = {
      ...workflow,
      name: input.name ?? workflow.name,
      description: input.description === undefined ? workflow.description : input.description,
      trigger: input.trigger ? readTrigger(input.trigger) : workflow.trigger,
      steps: input.steps ?? workflow.steps,
      inputSchema: input.inputSchema === undefined ? workflow.inputSchema : input.inputSchema,
      outputSchema: input.outputSchema === undefined ? workflow.outputSchema : input.outputSchema,
      settings: input.settings === undefined ? workflow.settings : input.settings,
      variables: input.variables === undefined ? workflow.variables : input.variables,
      canvasState: input.canvasState === undefined ? workflow.canvasState : input.canvasState,
      changeSummary: input.changeSummary ?? null,
      updatedAt: now,
    }
    refuseBadDefinition(input, changed, ofSchemas)
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
    async create(accountId: string, input: NewDefinition): Promise<Workflow> {
      const ofSchemas = await schemaProblems(accountId, input)
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
        trigger: readTrigger(input.trigger),
        steps: input.steps,
        inputSchema: input.inputSchema ?? null,
        outputSchema: input.outputSchema ?? null,
        settings: input.settings ?? null,
        variables: input.variables ?? null,
        canvasState: input.canvasState ?? null,
      }
      refuseBadDefinition(workflow, workflow, ofSchemas)
      store.insert(workflow)
      return workflow
    },

    // A body may hold fields that its schema does not know: each operation takes what is its own.

    /** @throws NOT_FOUND, INVALID_INPUT, CONFLICT for an archived one. */
    update(accountId: string, id: string, input: DefinitionUpdate): Promise<Workflow> {
      const { name, description, trigger, steps, inputSchema, outputSchema, settings } = input
      const { variables, changeSummary } = input
      const shape = { name, description, trigger, steps, inputSchema, outputSchema, settings, variables }
      return change(accountId, id, { ...shape, changeSummary })
    },

    /**
     * Changes what Studio has drawn, and the steps with it where they are given; null: nothing is drawn.
     * @throws NOT_FOUND, INVALID_INPUT, CONFLICT for an archived one.
     */
    draw(accountId: string, id: string, input: Drawing): Promise<Workflow> {
      const { canvasState, steps, changeSummary } = input
      return change(accountId, id, { canvasState, steps, changeSummary })
    },

    activate: (accountId: string, id: string) => move(accountId, id, 'active', ['draft', 'paused']),
    pause: (accountId: string, id: string) => move(accountId, id, 'paused', ['active']),
    archive: (accountId: string, id: string) =>
      move(accountId, id, 'archived', ['draft', 'active', 'paused']),

    /** What webhooks start, and which events (definition-store.ts). */
    startedBy: store.startedBy,
    startedAt: store.startedAt,
    eventsOf: store.eventsOf,

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

type Change = DefinitionUpdate & Partial<Drawing>

function toVersion(workflow: Workflow): WorkflowVersion {
  const { name, description, trigger, steps, inputSchema, outputSchema } = workflow
  const { settings, variables, canvasState } = workflow
  const shape = { name, description, trigger, steps, inputSchema, outputSchema }
  return {
    version: workflow.version,
    definition: { ...shape, settings, variables, canvasState },
    changeSummary: workflow.changeSummary,
    createdAt: workflow.versionedAt,
  }
}
