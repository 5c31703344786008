import { expect, test } from 'bun:test'
import { hanging } from '../../helpers/hanging.ts'
import { loggedDuring } from '../../helpers/logged.ts'
import { until } from '../../helpers/until.ts'
import { workflowApp } from '../../helpers/workflow-app.ts'

test('a step that ends after the server has stopped is told as no failure, in a parallel as elsewhere', async () => {
  const app = await workflowApp()
  const server = hanging()
  const call = (id: string) => ({ id, type: 'api', config: { url: server.url } })
  const both = { id: 'both', type: 'parallel', config: { branches: ['one', 'two'], timeoutMs: 60_000 } }
  await app.start(await app.workflow([both, call('one'), call('two')]))
  await app.start(await app.workflow([call('alone')]))
  await until(() => server.came === 3)
  const { told } = await loggedDuring(async () => {
    await app.app.workflows.runs.close(0)
    await app.close()
    server.answer()
    // Answers that come later than those that the steps wait for, and so after all that these set going.
    for (let i = 0; i < 5; i++) await (await fetch(server.url)).text()
  })
  expect(told).toEqual([])
})
