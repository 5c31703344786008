import { Type as t } from '@sinclair/typebox'
import { part, reply } from '../http/reply-schema.ts'
import type { AboutApi } from '../openapi/described-api.ts'

/** For the document of the developer's API, which is there under `--dev` alone. */
export const aboutDev: AboutApi = {
  document: 'dev',
  title: 'Development',
  description: 'Drives this server, under `--dev`. No key and no limit; asked from this machine only.',
  security: null,
  error: reply('DevError', {
    error: part({
      code: t.String(),
      message: t.String(),
      details: t.Optional(t.Array(part({ field: t.String(), message: t.String() }))),
    }),
  }),
}
