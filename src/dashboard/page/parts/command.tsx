import { Copy } from './copy.tsx'

/** What can be pasted into a terminal or a file. */
export function Command({ text }: { text: string }) {
  return (
    <div class="command">
      <pre>
        <code>{text}</code>
      </pre>
      <Copy text={text} what={text.length < 60 ? text : 'the command'} />
    </div>
  )
}
