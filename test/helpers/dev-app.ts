import type { Call } from './call.ts'
import { TASK } from './portal-app.ts'
import { type WorkflowApp, workflowApp } from './workflow-app.ts'

/** What an advance answers. */
export type Advance = {
  now: string
  fired: { at: string; kind: string; id: string }[]
  remaining: number
  stopped: string | null
  underWay: { kind: string; id: string }[]
}

export type DevApp = WorkflowApp & {
  /** A WorkFunder key of the test environment. */
  bearer: string
  /** Lets time pass, by so much or as the body says. The answer must be 200. */
  advance(by: string | object): Promise<Advance>
  /** What time it is for the server. */
  now(): Promise<string>
  /** A new task, of the test environment or that of another key. @returns its id */
  task(more?: object, bearer?: string): Promise<string>
  /** "POST /account/keys" against WorkFunder, with the key. */
  funder(line: string, call?: Call): ReturnType<WorkflowApp['workfunder']>
}

/** A whole Keyward under --dev, with keys of both APIs. */
export async function devApp(options: Parameters<typeof workflowApp>[0] = {}): Promise<DevApp> {
  const app = await workflowApp({ isDev: true, ...options })
  const bearer = await app.workfunderKey('test')
  const funder: DevApp['funder'] = (line, call) => app.workfunder(line, { bearer, ...call })
  return {
    ...app,
    bearer,
    funder,
    async advance(by) {
      const reply = await app.dev('POST /clock/advance', { json: typeof by === 'string' ? { by } : by })
      if (reply.status !== 200) throw new Error(reply.text)
      return reply.json
    },
    now: async () => (await app.dev('GET /clock')).json.now,
    async task(more = {}, of = bearer) {
      const reply = await funder('POST /tasks', { bearer: of, json: { ...TASK, ...more } })
      if (reply.status !== 201) throw new Error(reply.text)
      return reply.json.id
    },
  }
}
