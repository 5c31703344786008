import { exact } from '../parts/time.tsx'

type Line = { at: string | null; level: string; message: string; path?: string; attempt?: number }

/** What steps have written, with the time of day; the date is on hover. */
export function LogLines({ of }: { of: readonly Line[] }) {
  return (
    <pre class="log" tabindex={0}>
      {of.map(({ at, level, message, path, attempt = 1 }, i) => (
        <div key={i} class={level}>
          {at && (
            <time dateTime={at} title={exact(at)}>
              {at.slice(11, 23)}
            </time>
          )}{' '}
          {level} {path && `${path}${attempt > 1 ? ` (attempt ${attempt})` : ''}: `}
          {message}
        </div>
      ))}
    </pre>
  )
}
