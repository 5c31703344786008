import { redactedJson } from './json-redaction.ts'
import { isSecretName, REDACTED } from './secret-name.ts'

/** A text in which each key is cut to what may be shown of it. */
export function redacted(text: string): string {
  return text.replaceAll(TOKEN, (token) => (token.length > SHOWN ? `${token.slice(0, SHOWN)}…` : token))
}

/** The path of a request with its query, without secrets. */
export function redactedTarget(url: string): string {
  return redactedText(url.replace(/^https?:\/\/[^/?#]*/i, ''))
}

/**
 * A text, JSON or any other, without what may be a secret in it: what stands behind a secret's name (as a field, a
 * parameter, a line), and what looks like one: a key, a webhook's secret, a JWT, the credentials of a scheme or a URL; each of
 * these percent-encoded, escaped in JSON or inside of base64 too. Too much is taken for a secret rather than too little.
 * Takes time in proportion to the text.
 */
export function redactedText(text: string, levels = LEVELS_MAX): string {
  if (levels === 0) return REDACTED
  const inner = (part: string) => redactedText(part, levels - 1)
  const named = withoutNamed(/^\s*[[{]/.test(text) ? redactedJson(text, inner) : text)
  const plain = named
    .replaceAll(USER_INFO, `$1${REDACTED}@`)
    .replaceAll(SCHEME, (all, scheme, credentials) =>
      LIKE_CREDENTIALS.test(credentials) ? `${scheme} ${REDACTED}` : all,
    )
    .replaceAll(RUN, (run) => (isEncodedSecret(run, inner) ? REDACTED : run))
    .replaceAll(WEBHOOK_SECRET, REDACTED)
  return redacted(plain)
}

/** @param text cut at its end. @returns it without its last word, which may be half of a secret that nothing tells any more */
export function withoutLastWord(text: string): string {
  let end = text.length
  while (end > 0 && WORD_CHAR.test(text[end - 1] ?? '')) end -= 1
  return text.slice(0, end)
}

// --- internal ---

/** What begins as a key or a worker's key does, in a path too. */
const TOKEN = /(?:wfk|wfw|wf(?:_|%5f)(?:live|test))(?:_|%5f)\w+/gi

/** As much of a key as lists show. */
const SHOWN = 20

/** Texts in texts, as JSON in a parameter of a URL in JSON. */
const LEVELS_MAX = 6

const WEBHOOK_SECRET = /whsec(?:_|%5f)\w+/gi

const USER_INFO = /(:\/\/)[^\s/@:?#"]*:[^\s/@?#"]*@/g

const SCHEME = /\b(basic|bearer|digest|negotiate)(?: +|\+|%20)([\w.~+/=%-]{8,})/gi

/** What no English word has. */
const LIKE_CREDENTIALS = /[a-z][A-Z]|[\d=+/_]/

/** Long enough to have a key in it, encoded. */
const RUN = /[\w+/=.%-]{16,}/g

const WORD_CHAR = /[\w+/=.%~\\-]/

/** A name and what stands between it and its value. As (?=(…))\1 it is taken whole or not at all, and so in linear time. */
const NAMED = /(?<![\w.%-])(?=([\w.%-]+))\1["'\]]*\s*([=:])\s*/g

/** A value, behind = and behind a colon; what is not quoted ends where the next pair or line may begin. */
const VALUES = {
  '=': /\[redacted\]|"[^"]*"?|'[^']*'?|[^\s&;,"'<>]+/y,
  ':': /\[redacted\]|"[^"]*"?|'[^']*'?|[^\r\n&,"'<>}\]]+/y,
}

function withoutNamed(text: string): string {
  let out = ''
  let from = 0
  NAMED.lastIndex = 0
  for (let match = NAMED.exec(text); match; match = NAMED.exec(text)) {
    const [all, name = '', sign] = match
    const start = match.index + all.length
    NAMED.lastIndex = start
    if (!isSecretName(decoded(name))) continue
    const value = sign === '=' ? VALUES['='] : VALUES[':']
    value.lastIndex = start
    const [found] = value.exec(text) ?? []
    if (found === undefined) continue
    const quote = /^["']/.exec(found)?.[0] ?? ''
    out += `${text.slice(from, start)}${quote}${REDACTED}${quote}`
    from = start + found.length
    NAMED.lastIndex = from
  }
  return out + text.slice(from)
}

function isEncodedSecret(run: string, inner: (text: string) => string): boolean {
  const parts = run.split('.')
  if (parts.some((part, at) => part.includes('eyJ') && parts[at + 1])) return true
  if (run.includes('%')) {
    const text = decoded(run.replaceAll('+', ' '))
    if (text !== run && inner(text) !== text) return true
  }
  return run.split(/[.%=]+/).some(hasKeyInBase64)
}

/** The beginning of the run need not be that of the base64. */
function hasKeyInBase64(run: string): boolean {
  if (run.length < 16) return false
  return [0, 1, 2, 3].some((offset) =>
    KEY_HEAD.test(Buffer.from(run.slice(offset), 'base64').toString('latin1')),
  )
}

const KEY_HEAD = /wf[kw]_\w{4}|wf_(?:live|test)_\w|whsec_\w/

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
