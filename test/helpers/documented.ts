import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020'
import addFormats from 'ajv-formats'
import { apiDocument, type Document } from './api-document.ts'

export type Answer = { status: number; headers: Headers; text: string; json: unknown }

/** Says what an answer has that the document does not, or lacks; null: it is as documented. */
export type Check = (method: string, path: string, answer: Answer) => string | null

/** Where the APIs are; what else a server has is no part of them. */
const APIS = /^\/(?:api\/v1|v1|portal|webhooks|_dev)(?:\/|$)/

/**
 * Holds an answer of an API to its own document: the operation has such a status, the body fits its schema, and the
 * headers it names are there. What no operation serves must be refused in the API's form.
 * @throws Error that says what the answer has that the document does not, or lacks
 */
export async function refuseUndocumented(method: string, url: string, answer: Answer): Promise<void> {
  const { pathname } = new URL(url)
  if (!APIS.test(pathname) || method === 'HEAD') return
  const checks = await documentChecks()
  const problem = checks(method.toLowerCase(), pathname, answer)
  if (problem === null) return
  throw new Error(
    `${method} ${pathname} answered ${answer.status}, ${problem}: ${answer.text.slice(0, 2000)}`,
  )
}

/** For answers of what the document is of. Methods are in lower case. */
export function createCheck(document: Document): Check {
  const ajv = new Ajv2020({ strict: false, allErrors: true, inlineRefs: false, code: { optimize: false } })
  addFormats(ajv)
  ajv.addSchema(document, 'api')
  const paths = Object.entries<Record<string, Operation>>(document.paths).map(([template, operations]) => ({
    template,
    operations,
    pattern: new RegExp(`^${template.replaceAll('{path}', '.*').replaceAll(/\{\w+\}/g, '[^/]+')}$`),
  }))
  const compiled = new Map<string, ValidateFunction>()

  function bodyProblem(pointer: string, { json }: Answer): string | null {
    const check = compiled.get(pointer) ?? ajv.compile({ $ref: `api#${pointer}` })
    compiled.set(pointer, check)
    if (check(json)) return null
    return `whose body is not as its schema says (${ajv.errorsText(check.errors, { dataVar: 'body' })})`
  }

  return (method, path, answer) => {
    // The static path goes before the one with parameters, as in the router.
    const served = paths
      .filter(({ pattern }) => pattern.test(path))
      .sort((a, b) => a.template.split('{').length - b.template.split('{').length)[0]
    const operation = served?.operations[method]
    if (!served || !operation) {
      const isRefused = answer.status >= 400 && answer.status < 500
      return isRefused ? null : 'which no operation of the document does'
    }
    const told = operation.responses[answer.status]
    if (!told) return 'which is no status of its operation'
    const place = `/paths/${pointerPart(served.template)}/${method}/responses/${answer.status}`
    // Refusals are named among the components.
    const pointer = told.$ref?.slice(1) ?? place
    const { headers = {} } = told.$ref ? document.components.responses[pointer.split('/').at(-1) ?? ''] : told
    const missing = Object.keys(headers).filter((name) => !answer.headers.has(name))
    if (missing.length > 0) return `without its headers ${missing.join(', ')}`
    return bodyProblem(`${pointer}/content/application~1json/schema`, answer)
  }
}

// --- internal ---

type Operation = { responses: Record<string, { $ref?: string; headers?: Record<string, unknown> }> }
let made: Promise<Check> | undefined

function documentChecks(): Promise<Check> {
  made ??= apiDocument().then(createCheck)
  return made
}

/** RFC 6901, in a URL. */
function pointerPart(name: string): string {
  return encodeURIComponent(name.replaceAll('~', '~0').replaceAll('/', '~1'))
}
