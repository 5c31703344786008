import { expect, test } from 'bun:test'
import { testApp } from '../../helpers/test-app.ts'

/** Two make a page, three would be too much for one. */
const LARGE = 'x'.repeat(400_000)

type ListReply = { data: Record<string, string>[]; meta: { hasMore: boolean; cursor: string } }

/** A Keyward with five items in each list, all of them large. */
async function setUp() {
  const { app, db, clock, workflows, workflowsKey } = testApp()
  const key = await workflowsKey()
  const send = (line: string, json?: unknown) => workflows(line, { key, json })
  const accountId = (await app.admin.accounts.list())[0]?.id ?? ''
  for (const n of [1, 2, 3, 4, 5]) {
    await send('POST /workflows', { name: `${n}`, trigger: { type: 'api' }, steps: [] })
    await send(`PUT /mocks/slack/action${n}`, { output: LARGE })
    app.workflows.mocks.record({
      accountId,
      provider: 'mail',
      action: 'send',
      runId: 'run',
      stepId: `${n}`,
      status: 200,
      input: { text: LARGE },
    })
    clock.advance(1)
  }
  // As triggers could be before there was a bound.
  db.$client.prepare('update workflows set "trigger" = ?').run(JSON.stringify({ type: 'api', text: LARGE }))
  return send
}

test('a page of a list ends early where its items are large, and the next goes on after it', async () => {
  const send = await setUp()
  // By the field that tells them apart.
  const lists = { '/workflows': 'name', '/mocks': 'action', '/mocks/mail/send/calls': 'stepId' }
  for (const [path, field] of Object.entries(lists)) {
    const pages: string[][] = []
    for (let query: string | null = ''; query !== null; ) {
      const { data, meta }: ListReply = (await send(`GET ${path}${query}`)).json
      pages.push(data.map((item) => item[field]?.at(-1) ?? ''))
      query = meta.hasMore ? `?cursor=${encodeURIComponent(meta.cursor)}` : null
    }
    expect([path, pages]).toEqual([path, [['5', '4'], ['3', '2'], ['1']]])
  }
})
