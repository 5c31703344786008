/** What stands in the place of a secret. */
const REDACTED = '[redacted]'

/** What begins as a key or a worker's key does, in a path too. */
const TOKEN = /(?:wfk|wfw|wf(?:_|%5f)(?:live|test))(?:_|%5f)\w+/gi

/** As much of a key as lists show. */
const SHOWN = 20

const SECRET_NAME = /key|secret|token|password|passwd|authorization|cookie|signature|credential/i

/** Whether what has this name may be a secret: a header, a field or a parameter. */
function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name)
}

/** A text in which each key is cut to what may be shown of it. */
export function redacted(text: string): string {
  return text.replaceAll(TOKEN, (token) => (token.length > SHOWN ? `${token.slice(0, SHOWN)}…` : token))
}

/** The path of a request with its query, without secrets. */
export function redactedTarget(url: string): string {
  const target = url.replace(/^https?:\/\/[^/?#]*/i, '')
  const at = target.indexOf('?')
  if (at < 0) return redacted(target)
  const query = target
    .slice(at + 1)
    .split('&')
    .map((pair) => {
      const [name = '', ...value] = pair.split('=')
      return value.length > 0 && isSecretName(decoded(name)) ? `${name}=${REDACTED}` : pair
    })
  return redacted(`${target.slice(0, at)}?${query.join('&')}`)
}

// --- internal ---

function decoded(name: string): string {
  try {
    return decodeURIComponent(name)
  } catch {
    return name
  }
}
