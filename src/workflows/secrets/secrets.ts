import type { Clock } from '../../clock.ts'
import type { Seal } from '../../data-folder/seal.ts'
import type { Db } from '../../db/open.ts'
import { AppError } from '../../errors.ts'
import type { Definitions } from '../definitions/definitions.ts'
import { createSecretStore, type SecretName, type SecretRow } from './secret-store.ts'

export type { SecretName }

export type Secrets = ReturnType<typeof createSecrets>

type Parts = { db: Db; clock: Clock; seal: Seal; definitions: Definitions }

/** Each is looked for in all that a step gives (workflows/steps/secret-mask.ts). */
const SECRETS_MAX = 100

/** The secrets of a workflow: they go in sealed, and only its runs get them out. */
export function createSecrets({ db, clock, seal, definitions }: Parts) {
  const store = createSecretStore(db)

  /** @throws NOT_FOUND, CONFLICT for an archived one. */
  function refuseUnchangeable(accountId: string, workflowId: string): void {
    if (definitions.get(accountId, workflowId).status !== 'archived') return
    throw new AppError('CONFLICT', 'Workflow is archived: its secrets can no longer be changed')
  }

  function existing(workflowId: string, name: string): SecretName {
    const secret = store.get(workflowId, name)
    if (!secret) throw new AppError('NOT_FOUND', 'Secret not found')
    return secret
  }

  async function openOne({ workflowId, name, value }: SecretRow): Promise<[string, string]> {
    try {
      return [name, await seal.open(value, ownerOf(workflowId, name))]
    } catch (error) {
      const message = `The secret ${name} cannot be opened: set it again`
      throw new AppError('INVALID_STATE', message, [], { cause: error })
    }
  }

  return {
    /** @throws NOT_FOUND, CONFLICT where the name is taken, the workflow is archived or has 100. */
    async create(accountId: string, workflowId: string, name: string, value: string): Promise<SecretName> {
      refuseUnchangeable(accountId, workflowId)
      const now = clock.now()
      const secret = { name, createdAt: now, updatedAt: now }
      const outcome = await seal.seal(value, ownerOf(workflowId, name), (sealed) =>
        store.insert({ workflowId, value: sealed, ...secret }, SECRETS_MAX),
      )
      if (outcome === 'exists')
        throw new AppError('CONFLICT', `The secret ${name} exists: replace it with PUT`)
      if (outcome === 'full') throw new AppError('CONFLICT', `A workflow has at most ${SECRETS_MAX} secrets`)
      return secret
    },

    /** @throws NOT_FOUND, CONFLICT for an archived workflow. */
    async replace(accountId: string, workflowId: string, name: string, value: string): Promise<SecretName> {
      refuseUnchangeable(accountId, workflowId)
      existing(workflowId, name)
      await seal.seal(value, ownerOf(workflowId, name), (sealed) =>
        store.replace(workflowId, name, sealed, clock.now()),
      )
      return existing(workflowId, name)
    },

    /** By name. @throws NOT_FOUND */
    list(accountId: string, workflowId: string): SecretName[] {
      definitions.get(accountId, workflowId)
      return store.list(workflowId)
    },

    /** For a run: which there are. */
    names: (workflowId: string): string[] => store.list(workflowId).map(({ name }) => name),

    /** @throws NOT_FOUND, CONFLICT for an archived workflow. */
    remove(accountId: string, workflowId: string, name: string): void {
      refuseUnchangeable(accountId, workflowId)
      existing(workflowId, name)
      store.remove(workflowId, name)
    },

    /** For a run: values by name. @throws INVALID_STATE naming one that was sealed under another secret.key. */
    async open(workflowId: string): Promise<Record<string, string>> {
      return Object.fromEntries(await Promise.all(store.sealed(workflowId).map(openOne)))
    },
  }
}

// --- internal ---

function ownerOf(workflowId: string, name: string): string {
  return `${workflowId}/${name}`
}
