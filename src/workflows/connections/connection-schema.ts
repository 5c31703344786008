import { Type as t } from '@sinclair/typebox'
import { textLike } from '../../http/checked.ts'
import { nameField } from '../../http/name-field.ts'
import { NAME_LENGTH_MAX } from '../../lib/name.ts'

export const createConnectionBody = t.Object({
  provider: textLike(
    /^[a-z0-9][a-z0-9_-]{0,63}$/,
    'a string of 1 to 64 lower-case letters, digits, hyphens and underscores',
  ),
  name: t.Optional(nameField),
  credentials: t.Record(t.String(), t.Unknown(), { expected: 'an object' }),
  externalAccountId: t.Optional(t.String({ maxLength: NAME_LENGTH_MAX })),
  isDefault: t.Optional(t.Boolean()),
})
