/** What a status means to who looks for trouble. */
export type Tone = 'good' | 'bad' | 'waiting' | 'plain'

const TONES: Readonly<Record<string, Tone>> = {
  active: 'good',
  completed: 'good',
  paid_out: 'good',
  delivered: 'good',
  approved: 'good',
  admitted: 'good',
  passes: 'good',
  failed: 'bad',
  revoked: 'bad',
  expired: 'bad',
  suspended: 'bad',
  timed_out: 'bad',
  disputed: 'bad',
  rejected: 'bad',
  refuses: 'bad',
  running: 'waiting',
  pending: 'waiting',
  retrying: 'waiting',
  disabled: 'waiting',
}

/** A status in its own word; the colour only repeats it. @param tone left out: by the word */
export function Badge({ status, tone = TONES[status] ?? 'plain' }: { status: string; tone?: Tone }) {
  return <span class={`badge ${tone}`}>{status.replaceAll('_', ' ')}</span>
}

/** A status of HTTP, by its hundred. */
export function StatusCode({ code }: { code: number }) {
  const tone = code < 400 ? 'good' : code < 500 ? 'waiting' : 'bad'
  return <span class={`badge ${tone}`}>{code}</span>
}
