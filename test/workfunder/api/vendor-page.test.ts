import { beforeEach, describe, expect, test } from 'bun:test'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestApp, testApp } from '../../helpers/test-app.ts'

// The commands of the vendor's authentication page, as it prints them. Only the host and the placeholders for
// keys and ids are replaced.

const CREATE_KEY = `curl -X POST https://api.workfunder.com/v1/account/keys \\
-H "Authorization: Bearer wf_live_existing_key" \\
-H "Content-Type: application/json" \\
-d '{
"name": "Production Server",
"environment": "live"
}'`

const REVOKE_KEY = `curl -X DELETE https://api.workfunder.com/v1/account/keys/key_id_here \\
-H "Authorization: Bearer wf_live_your_key"`

const LIST_TASKS = `curl https://api.workfunder.com/v1/tasks \\
-H "Authorization: Bearer wf_live_your_api_key_here"`

const WITH_VARIABLE = `export WORKFUNDER_API_KEY="wf_live_..."

# Use in your application
curl https://api.workfunder.com/v1/tasks \\
-H "Authorization: Bearer $WORKFUNDER_API_KEY"`

const PAGE = join(import.meta.dir, '../../../../shared/seeds/workfunder-authentication.txt')

let keyward: TestApp
let key: string

beforeEach(async () => {
  keyward = testApp()
  key = await keyward.workfunderKey('live')
})

async function shell(command: string) {
  const here = command
    .replaceAll('https://api.workfunder.com', keyward.url)
    .replace(/wf_live_(existing_key|your_key|your_api_key_here|\.\.\.)/, key)
  const text = await new Response(Bun.spawn(['bash', '-c', here], { stderr: 'ignore' }).stdout).text()
  return JSON.parse(text)
}

test.skipIf(!existsSync(PAGE))('these are the page’s own words', () => {
  const page = readFileSync(PAGE, 'utf8')
  for (const command of [CREATE_KEY, REVOKE_KEY, LIST_TASKS, WITH_VARIABLE]) expect(page).toContain(command)
})

describe('the page’s commands work as printed', () => {
  test('“Generating Keys” and “Revoking Keys”', async () => {
    const created = await shell(CREATE_KEY)
    expect(created).toMatchObject({ name: 'Production Server', environment: 'live', revoked_at: null })
    const revoked = await shell(REVOKE_KEY.replace('key_id_here', created.id))
    expect(revoked.revoked_at).toBe('2026-11-21T09:00:00.000Z')
    const refused = await keyward.workfunder('GET /tasks', { bearer: created.key })
    expect(refused.json.error.code).toBe('REVOKED_API_KEY')
  })

  test('“Authorization Header”', async () => {
    expect(await shell(LIST_TASKS)).toEqual({ data: [], meta: { total: 0, limit: 20, offset: 0 } })
  })

  test('“Security Best Practices”: the key in an environment variable', async () => {
    expect(await shell(WITH_VARIABLE)).toEqual({ data: [], meta: { total: 0, limit: 20, offset: 0 } })
  })
})
