import { readBody } from '../../http/json-body.ts'

/** A webhook as it came in, before anybody has looked whether it is genuine. */
export type InboundRequest = {
  headers: Headers
  query: Record<string, string>
  /** As they were signed. */
  bytes: Buffer
}

/** Reads a request. @throws as `readBody`. */
export async function readArrival(request: Request): Promise<InboundRequest> {
  const query = [...new URL(request.url).searchParams].filter(([name]) => name !== '__proto__')
  return {
    headers: request.headers,
    query: Object.fromEntries(query),
    bytes: await readBody(request),
  }
}

/** The headers that a run may see, in lower case: none that proves who sent the request. */
export function shownHeaders(headers: Headers): Record<string, string> {
  return Object.fromEntries([...headers].filter(([name]) => !PROOF.test(name)))
}

// --- internal ---

const PROOF = /^(?:proxy-)?authorization$|^cookie$|^x-api-key$|signature/
