import { expect, test } from 'bun:test'
import { type Call, call } from './call.ts'
import { NEVER_SHOWN } from './never-shown.ts'

/** One promise of an API: a request, and what its answer must and must not hold. */
export type Scenario = Call & {
  /** A sentence that is false if the promise is broken. */
  title: string
  /** "POST /workflows" */
  request: string
  status: number
  /** Parts of the body that must be there, as text. */
  expected?: (string | RegExp)[]
  /** Parts that must not. What no answer may ever hold is looked for besides. */
  forbidden?: (string | RegExp)[]
}

/** Makes a test of each row. @param prepare called in each test, for a server and a key to call it with. */
export function scenarios(
  prepare: () => Promise<{ base: string; key?: string; bearer?: string }>,
  rows: Scenario[],
): void {
  for (const row of rows) {
    test(row.title, async () => {
      const { base, ...credentials } = await prepare()
      const reply = await call(base, row.request, { ...credentials, ...row })
      expect({ status: reply.status, body: reply.text }).toEqual({ status: row.status, body: reply.text })
      for (const part of row.expected ?? []) expect(reply.text).toMatch(part)
      for (const part of [...(row.forbidden ?? []), ...NEVER_SHOWN]) expect(reply.text).not.toMatch(part)
    })
  }
}
