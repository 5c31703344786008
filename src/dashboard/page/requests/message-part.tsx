import type { Message, MessageBody } from '../../../requests/capture.ts'
import { Copy } from '../parts/copy.tsx'
import { prettyJson } from '../parts/pretty-json.ts'
import { isRedacted } from './curl.ts'

/** Headers and body of a request or its answer. */
export function MessagePart({ title, of }: { title: string; of: Message }) {
  const headers = Object.entries(of.headers)
  return (
    <section class="message" aria-label={title}>
      <h3>{title}</h3>
      <details>
        <summary>
          {headers.length} {headers.length === 1 ? 'header' : 'headers'}
        </summary>
        <dl class="facts headers">
          {headers.map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>
                <Marked text={value} />
              </dd>
            </div>
          ))}
        </dl>
      </details>
      {of.body === null ? (
        <p class="muted">No body.</p>
      ) : (
        <Body of={of.body} label={`Body of the ${title.toLowerCase()}`} />
      )}
    </section>
  )
}

// --- internal ---

function Body({ of: { type, bytes, text, isCut }, label }: { of: MessageBody; label: string }) {
  const size = bytes === null ? '' : `${bytes.toLocaleString('en')} bytes`
  const told = [type ?? 'no type', size].filter(Boolean).join(', ')
  if (text === null)
    return <p class="muted">{told}. Not shown: it is no text, or a secret as a whole, or nobody read it.</p>
  const marks = [isCut ? 'cut' : '', isRedacted(text) ? 'secrets are left out' : ''].filter(Boolean)
  return (
    <>
      <p class="body-facts muted">
        {told}
        {marks.map((mark) => (
          <span key={mark} class="badge waiting">
            {mark}
          </span>
        ))}
        <Copy text={text} what="the body" />
      </p>
      <section class="body" tabindex={0} aria-label={label}>
        <pre>
          <code>
            <Marked text={prettyJson(text) ?? text} />
            {isCut && <mark>… cut here</mark>}
          </code>
        </pre>
      </section>
    </>
  )
}

/** Makes the places seen where something was left out. */
function Marked({ text }: { text: string }) {
  const [first, ...others] = text.split('[redacted]')
  return (
    <>
      {first}
      {others.map((part, index) => (
        <span key={index}>
          <mark>[redacted]</mark>
          {part}
        </span>
      ))}
    </>
  )
}
