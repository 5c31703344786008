/** What a status means to who looks for trouble. */
export type Tone = 'good' | 'bad' | 'waiting' | 'plain'

const TONES: Readonly<Record<string, Tone>> = {
  ...Object.fromEntries(
    ['active', 'completed', 'delivered', 'approved', 'admitted', 'passes'].map((word) => [word, 'good']),
  ),
  ...Object.fromEntries(
    [
      ...['failed', 'revoked', 'expired', 'suspended', 'timed_out', 'disputed', 'rejected', 'refuses'],
      'proof_rejected',
    ].map((word) => [word, 'bad']),
  ),
  ...Object.fromEntries(
    ['running', 'retrying', 'disabled', 'in_progress', 'proof_submitted'].map((word) => [word, 'waiting']),
  ),
}

/** A status in its own word; the colour only repeats it. @param tone left out: by the word */
export function Badge({ status, tone = TONES[status] ?? 'plain' }: { status: string; tone?: Tone }) {
  return <span class={`badge ${tone}`}>{status.replaceAll('_', ' ')}</span>
}

/** A status of HTTP, by its hundred. @param code 0: the connection was cut */
export function StatusCode({ code }: { code: number }) {
  if (code === 0) return <Badge status="cut" tone="bad" />
  const tone = code < 400 ? 'good' : code < 500 ? 'waiting' : 'bad'
  return <span class={`badge ${tone}`}>{code}</span>
}
