import { AppError, refuseInvalid } from '../../errors.ts'
import type { Problem } from '../../lib/problem.ts'
import type { SchemaChecker } from '../json-schema/schema-checker.ts'
import { createInputCheck } from './input-validation.ts'
import type { Run, RunStart, RunStatus } from './run.ts'
import type { RunDefinition } from './run-definition.ts'
import { createSecretNames } from './secret-names.ts'

/** A workflow as it stands when a run of it is asked for. */
export type RunnableWorkflow = RunDefinition & {
  id: string
  accountId: string
  version: number
  status: string
  inputSchema: Record<string, unknown> | null
}

/** What decides which secrets a run needs. */
type WorkflowSteps = Pick<RunnableWorkflow, 'id' | 'version' | 'steps'>

type Parts = {
  /** The names of a workflow's secrets. */
  secretNames: (workflowId: string) => readonly string[]
  hasConnection: (accountId: string, connectionId: string) => boolean
  schemas: SchemaChecker
}

/** What must hold for a run to start. */
export function createPreconditions({ secretNames, hasConnection, schemas }: Parts) {
  const refuseInput = createInputCheck(schemas)
  const namesIn = createSecretNames()

  /** The vendor looks too, before a run starts, whether each secret is there (workflows/README.md, "Secrets"). */
  function missingSecrets(workflow: WorkflowSteps): Problem[] {
    const named = namesIn(workflow)
    if (named.length === 0) return []
    const there = new Set(secretNames(workflow.id))
    return named
      .filter((name) => !there.has(name))
      .map((name) => ({
        field: `secrets.${name}`,
        message: 'is not set, and a step of the workflow needs it',
      }))
  }

  return {
    refuseInput,

    /** @throws INVALID_INPUT naming each secret that the steps need and that is not there. */
    refuseMissingSecrets: (workflow: WorkflowSteps): void => refuseInvalid(missingSecrets(workflow)),

    /** @throws CONFLICT, or INVALID_INPUT naming each field, for what stands in the way of this start. */
    async refuseUnmet(
      workflow: RunnableWorkflow,
      { accountId, connectionId, input }: RunStart,
    ): Promise<void> {
      refuseInactive(workflow)
      await refuseInput(workflow, input)
      const connection =
        connectionId === null || hasConnection(accountId, connectionId)
          ? []
          : [{ field: 'connectionId', message: 'must be the id of an active connection' }]
      refuseInvalid([...connection, ...missingSecrets(workflow)])
    },
  }
}

/** @throws CONFLICT naming the status. */
export function refuseInactive({ status }: Pick<RunnableWorkflow, 'status'>): void {
  if (status === 'active') return
  throw new AppError('CONFLICT', `Workflow is ${status}: only an active workflow runs`)
}

/** @throws CONFLICT naming the status, where it is none of `from`. @param done "cancelled", "retried" … */
export function refuseStatus(run: Run, from: readonly RunStatus[], done: string): void {
  if (from.includes(run.status)) return
  const list = `${from.slice(0, -1).join(', ')} or ${from.at(-1)}`
  throw new AppError('CONFLICT', `Run is ${run.status}: only a ${list} run can be ${done}`)
}
