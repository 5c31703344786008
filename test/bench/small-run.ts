import type { MeasuredServer } from './measured-server.ts'
import { storedToken } from './stored-keys.ts'

/** A run of three trivial steps: data is mapped, mapped once more, and looked at. */
const STEPS = [
  {
    id: 'pick',
    type: 'transform',
    config: { mapping: { name: '{{input.name}}', total: '{{input.total}}' } },
  },
  { id: 'greet', type: 'transform', config: { mapping: { text: 'Dear {{steps.pick.output.name}}' } } },
  { id: 'large', type: 'condition', config: { expression: '{{steps.pick.output.total}} > 100' } },
]

/** What starts it, and is answered when it has ended. */
export const SMALL_RUN_BODY = JSON.stringify({ mode: 'sync', input: { name: 'Ada', total: 250 } })

/** Creates the workflow. @returns where its runs are started. */
export async function createSmallWorkflow(server: MeasuredServer): Promise<string> {
  const definition = { name: 'Small', trigger: { type: 'api' }, steps: STEPS }
  const { id } = await post(`${server.url}/api/v1/workflows`, 0, JSON.stringify(definition))
  await post(`${server.url}/api/v1/workflows/${id}/activate`, 0)
  return `${server.url}/api/v1/workflows/${id}/run`
}

/** Runs it once, with the stored key of this index. @throws Error where it did not come to what it should. */
export async function runSmall(url: string, key: number): Promise<void> {
  const { status, output, error } = await post(url, key, SMALL_RUN_BODY)
  if (status === 'completed' && Bun.deepEquals(output, { result: true, true: true, false: false })) return
  throw new Error(`a small run ended as ${status}: ${JSON.stringify(output ?? error)}`)
}

/** How many runs, of the newest fifty that did not complete, there are. */
export async function failedRuns(server: MeasuredServer): Promise<number> {
  const response = await fetch(`${server.url}/api/v1/runs?status=failed&limit=50`, { headers: headers(0) })
  return JSON.parse(await response.text()).data.length
}

// --- internal ---

type Answer = { id: string; status: string; output: unknown; error: unknown }

async function post(url: string, key: number, body?: string): Promise<Answer> {
  const response = await fetch(url, { method: 'POST', headers: headers(key), body })
  const text = await response.text()
  if (!response.ok) throw new Error(`POST ${url} was answered ${response.status}: ${text}`)
  return JSON.parse(text).data
}

function headers(key: number) {
  return { 'x-api-key': storedToken(key), 'content-type': 'application/json' }
}
