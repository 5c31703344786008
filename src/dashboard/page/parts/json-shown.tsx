import { Copy } from './copy.tsx'
import { prettyJson } from './pretty-json.ts'

type Props = {
  title: string
  /** As the server bounds it: what is cut is no JSON any more. */
  of: { json: string; bytes: number; cut: boolean }
}

/** What a step took or gave: its beginning, where it is large, and its size. */
export function JsonShown({ title, of: { json, bytes, cut } }: Props) {
  const text = prettyJson(json) ?? json
  return (
    <section class="json">
      <header>
        <h3>{title}</h3>
        {bytes > SMALL_BYTES && (
          <span class="muted">{cut ? `the beginning of ${sizeOf(bytes)}` : sizeOf(bytes)}</span>
        )}
        <Copy text={text} what={title} />
      </header>
      <pre tabindex={0}>
        <code>{text}</code>
      </pre>
    </section>
  )
}

// --- internal ---

/** Whose size is plain to see. */
const SMALL_BYTES = 1000

/** @returns "812 B", "4.0 kB", "9.5 MB" */
function sizeOf(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`
  return bytes < 1_000_000 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`
}
