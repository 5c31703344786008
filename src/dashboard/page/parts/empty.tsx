import type { ComponentChildren } from 'preact'
import { Command } from './command.tsx'

/** Where a list has nothing: what to do next, with a command to paste. */
export function Empty({ children, command }: { children: ComponentChildren; command?: string }) {
  return (
    <div class="empty">
      <p>{children}</p>
      {command && <Command text={command} />}
    </div>
  )
}
