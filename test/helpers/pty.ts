import { afterTest } from './after-test.ts'
import { KEYWARD } from './process.ts'

/** Somebody at a terminal: what they have seen, and what they type. */
export type AtTerminal = {
  /** Waits until the screen has shown this. */
  sees(text: string): Promise<void>
  types(text: string): void
  /** The exit code, and all that was shown, without colours and movements of the cursor. */
  ends(): Promise<{ code: number; screen: string }>
}

/** Runs `keyward` with these words on a terminal of its own. */
export function onTerminal(args: string[], { cols = 80, rows = 24 } = {}): AtTerminal {
  const decoder = new TextDecoder()
  let shown = ''
  let looked = Promise.withResolvers<void>()
  const child = Bun.spawn([...KEYWARD, ...args], {
    env: { ...process.env, NO_COLOR: '1', TERM: 'xterm' },
    terminal: {
      cols,
      rows,
      data(_, bytes) {
        shown += decoder.decode(bytes, { stream: true })
        looked.resolve()
        looked = Promise.withResolvers()
      },
    },
  })
  afterTest(() => {
    child.kill('SIGKILL')
    return child.exited
  })
  return {
    async sees(text) {
      while (!Bun.stripANSI(shown).includes(text)) {
        const ended = child.exited.then(() => {
          if (!Bun.stripANSI(shown).includes(text)) throw new Error(`it ended without "${text}": ${shown}`)
        })
        await Promise.race([looked.promise, ended])
      }
    },
    types: (text) => void child.terminal?.write(text),
    async ends() {
      const code = await child.exited
      return { code, screen: Bun.stripANSI(shown) }
    },
  }
}
