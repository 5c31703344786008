import { describe, expect, test } from 'bun:test'
import { existsSync, readdirSync } from 'node:fs'
import { AppError } from '../../../src/errors.ts'
import { subject } from '../../../src/limits/limiter.ts'
import { PORTAL_LIMIT } from '../../../src/limits/limits.ts'
import { portalEndpoints } from '../../../src/workfunder/portal/routes.ts'
import { portalApp, proofForm, TIMES_SQUARE } from '../../helpers/portal-app.ts'
import { slowly } from '../../helpers/slowly.ts'
import { until } from '../../helpers/until.ts'

const JSON_TYPE = 'application/json'

/** The form as text, which it is but for the photo. */
async function formOf(): Promise<[type: string, text: string]> {
  const form = new Response(proofForm({ file: new Blob(['no photo']) }))
  return [form.headers.get('content-type') ?? '', await form.text()]
}

const WRITES: [line: string, body: () => Promise<[type: string, text: string]>][] = [
  ['check-in', async () => [JSON_TYPE, JSON.stringify(TIMES_SQUARE)]],
  ['dispute', async () => [JSON_TYPE, JSON.stringify({ reason: 'It is sharp' })]],
  ['proof', formOf],
]

describe.each(WRITES)('POST /portal/tasks/:id/%s whose body is still coming', (action, bodyOf) => {
  test.each(['is suspended', 'has a new key'])('is 401 to a worker who %s, and does nothing', async (end) => {
    const { app, ada, db, portal, postTask } = await portalApp()
    const id = await postTask()
    await portal(`POST /tasks/${id}/accept`)
    if (action !== 'check-in') await portal(`POST /tasks/${id}/check-in`, { json: TIMES_SQUARE })
    if (action === 'dispute') await portal(`POST /tasks/${id}/proof`, { body: proofForm() })
    const remaining = () => app.limits.portal.peek(subject(ada.id), PORTAL_LIMIT).remaining
    const before = remaining()
    const [type, text] = await bodyOf()
    let stored: unknown
    const rows = () =>
      db.$client
        .prepare('select (select count(*) from task_moves), (select count(*) from disputes)')
        .raw()
        .get()
    const body = slowly(text, async () => {
      await until(() => remaining() < before)
      if (end === 'is suspended') await app.admin.workers.suspend({ id: ada.id })
      else await app.admin.workers.newKey({ id: ada.id })
      stored = rows()
    })
    const { status, json } = await portal(`POST /tasks/${id}/${action}`, {
      headers: { 'Content-Type': type },
      body,
    })
    expect([status, json.error.code]).toEqual([401, 'INVALID_API_KEY'])
    expect(rows()).toEqual(stored)
  })
})

test.each([1, 2])(
  'a proof of a worker who ends before the form is read, or before it is recorded, is refused and leaves no file: %p',
  async (last) => {
    const { app, ada, db, startTask, proofsFolder } = await portalApp()
    const id = await startTask()
    const endpoint = portalEndpoints(app.portal).find(({ path }) => path.endsWith('/proof'))
    const request = new Request('http://localhost', { method: 'POST', body: proofForm() })
    let asked = 0
    const refuse = () => {
      asked += 1
      if (asked === last) throw new AppError('KEY_INVALID', 'ended')
    }
    const submitted = endpoint?.run(app.workers.get(ada.id), { id }, request, refuse)
    await expect(submitted).rejects.toMatchObject({ code: 'KEY_INVALID' })
    expect(db.$client.prepare('select count(*) from proofs').pluck().get()).toBe(0)
    expect(existsSync(proofsFolder) ? readdirSync(proofsFolder) : []).toEqual([])
  },
)
