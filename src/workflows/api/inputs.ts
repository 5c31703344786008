import type { Static } from '@sinclair/typebox'
import { instantField } from '../../http/instant-field.ts'
import type { NewApiKey } from './api-keys.ts'
import type { createKeyBody } from './schemas.ts'

// What requests ask for, in the operations' own terms, where it is not in them already.

/** @throws INVALID_INPUT for an expiresAt that is no date. */
export function newKeyFrom({ name, scopes, expiresAt }: Static<typeof createKeyBody>): NewApiKey {
  return {
    name,
    scopes,
    expiresAt: expiresAt === undefined ? undefined : instantField('expiresAt', expiresAt),
  }
}
