import type { RequestKind } from '../requests/exchange.ts'
import type { Recorder } from '../requests/recorder.ts'
import { REQUEST_ID_HEADER } from '../requests/request-id.ts'
import type { Reply } from './endpoint.ts'
import { jsonOf, jsonResponse } from './json-response.ts'

/** Answers a request that is for none of the APIs, in JSON or with a file. */
export type Beside = (
  request: Request,
  answer: () => Reply | Response | Promise<Reply | Response>,
) => Response | Promise<Response>

/** What the APIs do for theirs (http/api.ts): every answer is recorded, and tells its request's id. */
export function createBeside(
  recorder: Recorder,
  addressOf: (request: Request) => string,
  kind: RequestKind,
): Beside {
  return (request, answer) => {
    const exchange = recorder.begin(request, kind)
    exchange.address = addressOf(request)

    function respond(made: Reply | Response): Response {
      if (made instanceof Response) {
        recorder.end(exchange, made.status, null, null)
        made.headers.set(REQUEST_ID_HEADER, exchange.id)
        return made
      }
      const text = jsonOf(made.body)
      const bytes = typeof text === 'string' ? Buffer.byteLength(text) : null
      recorder.end(exchange, made.status, bytes, made.status >= 400 ? text : null)
      return jsonResponse(made, exchange.id)
    }

    const made = answer()
    return made instanceof Promise ? made.then(respond) : respond(made)
  }
}
