/** Why no answer came, in words that the user who chose the URL may read. */
export type EgressFailure = keyof typeof MESSAGES

const MESSAGES = {
  address_refused: 'the address is not allowed',
  name_not_found: 'the host name did not resolve',
  connection_refused: 'the connection was refused',
  connection_lost: 'the connection was lost before an answer came',
  certificate_refused: 'the TLS certificate was not accepted',
  tls_failed: 'no TLS connection could be made',
  timed_out: 'no answer came in time',
  answer_too_large: 'the answer is too large',
  redirect_refused: 'a redirect led where none may lead',
  too_many_redirects: 'there were too many redirects',
  failed: 'the connection failed',
}

/** The message is fixed words; what the system said, which may name our network, is in `cause`. */
export class EgressError extends Error {
  readonly failure: EgressFailure

  constructor(failure: EgressFailure, options?: ErrorOptions) {
    super(MESSAGES[failure], options)
    this.name = 'EgressError'
    this.failure = failure
  }
}

/** @param error what fetch or the look-up threw. */
export function failureOf(error: unknown): EgressFailure {
  if (error instanceof EgressError) return error.failure
  if (!(error instanceof Error)) return 'failed'
  if (error.name === 'TimeoutError') return 'timed_out'
  const code = 'code' in error ? String(error.code) : ''
  if (/CERT|SIGNATURE/.test(code)) return 'certificate_refused'
  return BY_CODE[code] ?? 'failed'
}

// --- internal ---

const BY_CODE: Record<string, EgressFailure> = {
  ECONNREFUSED: 'connection_refused',
  ENETUNREACH: 'connection_refused',
  EHOSTUNREACH: 'connection_refused',
  ECONNRESET: 'connection_lost',
  EPROTO: 'tls_failed',
  ETIMEDOUT: 'timed_out',
}
