import type { Static } from '@sinclair/typebox'
import { AppError } from '../errors.ts'
import { instantField } from '../instant.ts'
import type { CreatedKey, Keys } from '../keys/keys.ts'
import type { LiveKey } from '../keys/live-key.ts'
import type { KeyRecord } from '../keys/store.ts'
import type { createKeyBody } from './schemas.ts'
import { ownerOf } from './tasks.ts'

export type ApiKeys = ReturnType<typeof createApiKeys>

/**
 * Keys as the WorkFunder API manages them: any key manages its account's keys of its own environment; a live
 * key may also create test keys, a test key never touches a live one.
 */
export function createApiKeys({ keys }: { keys: Keys }) {
  return {
    /** Newest first, revoked ones too. */
    list(holder: LiveKey): KeyRecord[] {
      return keys.list({ ...ownerOf(holder), api: 'workfunder' })
    },

    /** @throws FORBIDDEN, INVALID_INPUT */
    create(holder: LiveKey, input: Static<typeof createKeyBody>): Promise<CreatedKey> {
      const { accountId, environment } = ownerOf(holder)
      if (environment === 'test' && input.environment === 'live') {
        throw new AppError('FORBIDDEN', 'A test key may not create a live key.')
      }
      const expiresAt = instantField('expires_at', input.expires_at)
      return keys.create({
        api: 'workfunder',
        accountId,
        name: input.name,
        environment: input.environment,
        expiresAt,
      })
    },

    /** @throws NOT_FOUND for an id that is not of the account and the environment. */
    revoke(holder: LiveKey, id: string): KeyRecord {
      const { accountId, environment } = ownerOf(holder)
      const record = keys.find(id)
      if (record.accountId !== accountId || record.environment !== environment) {
        throw new AppError('NOT_FOUND', 'API key not found')
      }
      return keys.revoke(id)
    },
  }
}
