import type { Draft } from './request.ts'

/** Where the ready-made keys of `npm start` stand in data/dev.env; a worker has one from `admin workers create`. */
const KEYS: Readonly<Record<string, string>> = {
  WorkflowsKey: 'x-api-key: $WORKFLOWS_API_KEY',
  WorkfunderKey: 'Authorization: Bearer $WORKFUNDER_API_KEY',
  WorkerKey: 'Authorization: Bearer $WORKER_KEY',
}

/** A command that makes the same request again, of a server on its own data. @param path with the ids that it had */
export function curlOf(
  { method, operation, sender, headers }: Draft,
  path: string,
  body: Buffer | null,
): string {
  const [scheme] = operation.security
  const key = scheme === undefined || sender === 'none' ? undefined : KEYS[scheme]
  const sent = [
    ...(key ? [`-H "${key}"`] : []),
    ...headers.map(([name, value]) => `-H ${quoted(value === '' ? `${name};` : `${name}: ${value}`)}`),
  ]
  const line = ['curl -sS --path-as-is -g', method === 'HEAD' ? '-I' : `-X ${method}`, ...sent]
  const url = quoted(`http://localhost:3000${path}`)
  if (body === null) return [...line, url].join(' ')
  const isPlain = /^[\x20-\x7e]*$/.test(body.toString('latin1'))
  if (isPlain) return [...line, '--data-binary', quoted(body.toString()), url].join(' ')
  return `echo ${body.toString('base64')} | base64 -d | ${[...line, '--data-binary @-', url].join(' ')}`
}

// --- internal ---

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
