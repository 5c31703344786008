import type { RequestKind } from '../requests/exchange.ts'
import type { Recorder } from '../requests/recorder.ts'
import { REQUEST_ID_HEADER } from '../requests/request-id.ts'
import type { Reply } from './endpoint.ts'
import { bytesOf, jsonOf, jsonResponse, textOf } from './json-response.ts'

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
        made.headers.set(REQUEST_ID_HEADER, exchange.id)
        recorder.end(exchange, made, null, null)
        return made
      }
      const written = jsonOf(made.body)
      const response = jsonResponse(made, written, exchange.id)
      recorder.end(exchange, response, bytesOf(made.body, written), textOf(made.body, written))
      return response
    }

    const made = answer()
    return made instanceof Promise ? made.then(respond) : respond(made)
  }
}
