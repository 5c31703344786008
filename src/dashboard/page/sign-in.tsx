import { signal } from '@preact/signals'
import { admin, ask, Refusal } from './operations.ts'
import { Command } from './parts/command.tsx'
import { refusalOf } from './parts/loaded.ts'
import { toast } from './parts/toast.tsx'
import { type PageSession, server, session } from './session.ts'

const refusal = signal<string | null>(null)

/** Takes the ticket out of the link that the page was opened with, or finds who is signed in already. */
export async function enter(): Promise<void> {
  const ticket = ticketInAddress()
  refusal.value = null
  // It is of no use twice, and has no place in the history.
  if (ticket) history.replaceState(null, '', location.pathname)
  try {
    const answer = await ask(ticket ? 'POST' : 'GET', '/dashboard/session', ticket ? { ticket } : undefined)
    session.value = (answer as { value: PageSession }).value
    server.value = await admin.server.status()
  } catch (error) {
    // A link that is no good ends no session, and hides nothing that is open.
    if (ticket && session.value) return toast(refusalOf(error).message)
    session.value = null
    if (error instanceof Refusal && error.code !== 'NOT_SIGNED_IN') refusal.value = error.message
  }
}

/** A link that is opened where the page is shown already changes the address, and loads no page. */
export function enterByNewTicket(): void {
  if (ticketInAddress() !== undefined) void enter()
}

export async function signOut(): Promise<void> {
  try {
    await ask('DELETE', '/dashboard/session')
    session.value = null
  } catch (error) {
    // Whose session has ended meanwhile is out.
    if (session.value) toast(`Not signed out: ${refusalOf(error).message}`)
  }
}

export function SignIn() {
  return (
    <main class="sign-in">
      <h1>Keyward</h1>
      {refusal.value && <p role="alert">{refusal.value}.</p>}
      <p>Sign in with a link. On the server’s machine, run</p>
      <Command text="keyward admin dashboard" />
      <p>and open what it prints. The link works once, within five minutes.</p>
    </main>
  )
}

// --- internal ---

function ticketInAddress(): string | undefined {
  return /^#ticket=([\w-]+)$/.exec(location.hash)?.[1]
}
