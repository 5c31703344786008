import type { ServedAdmin } from '../../admin/admin.ts'
import { type PageSession, session } from './session.ts'

/** What the server refused, in its own words. */
export class Refusal extends Error {
  readonly code: string
  readonly problems: readonly { field: string; message: string }[]

  constructor(code: string, message: string, problems: readonly { field: string; message: string }[] = []) {
    super(message)
    this.name = 'Refusal'
    this.code = code
    this.problems = problems
  }
}

/**
 * The admin operations, as the server has them: `await admin.keys.revoke({ id })`. Those of a developer are there under
 * `--dev` alone. What they give is JSON.
 * @throws Refusal
 */
export const admin: Required<ServedAdmin> = new Proxy({} as Required<ServedAdmin>, {
  get: (_, noun: string) =>
    new Proxy(
      {},
      {
        get:
          (_, verb: string) =>
          (input: object = {}) =>
            call(`${noun}.${verb}`, input),
      },
    ),
})

/** Asks the server's own paths, as the page of this session. @throws Refusal */
export async function ask(method: string, path: string, input?: object): Promise<unknown> {
  const csrf = session.value?.csrf
  let { response, answer } = await sent(method, path, input)
  // Under --dev another process, or one that was reset, has another token. Nothing was done yet.
  if (response.status === 403 && csrf !== undefined && (await renewedSession()) !== csrf) {
    ;({ response, answer } = await sent(method, path, input))
  }
  if (response.ok) return answer
  if (response.status === 401) session.value = null
  const { code = 'BROKEN', message = `The server answered ${response.status}`, details } = answer.error ?? {}
  throw new Refusal(code, message, details)
}

// --- internal ---

type Answer = {
  value?: PageSession
  error?: { code: string; message: string; details?: Refusal['problems'] }
}

type Sent = { response: Response; answer: Answer }

async function sent(method: string, path: string, input?: object): Promise<Sent> {
  const response = await fetch(path, {
    method,
    headers: { 'Content-Type': 'application/json', 'X-CSRF-Token': session.value?.csrf ?? '' },
    body: input === undefined ? undefined : JSON.stringify(input),
  }).catch(() => {
    throw new Refusal('UNREACHABLE', 'The server does not answer. Is it still running?')
  })
  return { response, answer: await response.json().catch(() => ({})) }
}

/** @returns the token of the session that the server knows now. */
async function renewedSession(): Promise<string | undefined> {
  const { response, answer } = await sent('GET', '/dashboard/session')
  if (response.ok && answer.value) session.value = answer.value
  return session.value?.csrf
}

async function call(name: string, input: object): Promise<unknown> {
  const { value } = (await ask('POST', `/dashboard/call/${name}`, input)) as { value: unknown }
  return value
}
