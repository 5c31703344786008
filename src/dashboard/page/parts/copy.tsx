import { useState } from 'preact/hooks'
import { toClipboard } from './clipboard.ts'

const SAID_MS = 2000

/** Puts a text on the clipboard, and says that it has. */
export function Copy({ text, what }: { text: string; what: string }) {
  const [isCopied, setCopied] = useState(false)
  async function copy() {
    await toClipboard(text)
    setCopied(true)
    setTimeout(setCopied, SAID_MS, false)
  }
  return (
    <button type="button" class="quiet copy" aria-label={`Copy ${what}`} onClick={copy}>
      {isCopied ? 'Copied' : 'Copy'}
    </button>
  )
}
