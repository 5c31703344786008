import { AppError, invalid } from '../errors.ts'
import { logFailure } from '../log.ts'
import type { Dialect } from './api.ts'
import type { Reply } from './endpoint.ts'

/** How refusals look outside of every API. */
export type Form = Pick<Dialect, 'failed' | 'broken'>

/** Answers what no API has answered, in the form of the API that the path belongs to. */
export function createLastResort(dialects: readonly Dialect[], elsewhere: Form) {
  function formOf(request: Request): Form {
    const path = pathOf(request)
    return dialects.find(({ prefix }) => path === prefix || path.startsWith(`${prefix}/`)) ?? elsewhere
  }

  return {
    notFound: (request: Request): Reply => formOf(request).failed(NOT_FOUND),

    badHost: (request: Request): Reply => formOf(request).failed(BAD_HOST),

    refused: (request: Request, error: AppError): Reply => formOf(request).failed(error),

    /** A defect of ours, outside of any endpoint: tells the operator, and the client nothing. */
    broken(request: Request, error: unknown): Reply {
      logFailure('the HTTP server', error)
      return formOf(request).broken()
    },
  }
}

// --- internal ---

const NOT_FOUND = new AppError('NOT_FOUND', 'Nothing is served at this path')
const BAD_HOST = invalid('Host', 'must name a host, and at most a port')

/** Bun's URL of a request without a good Host is the path alone, or no URL. */
function pathOf({ url }: Request): string {
  return /^(?:https?:\/\/[^/]*)?([^?#]*)/i.exec(url)?.[1] ?? ''
}
