import type { ComponentType } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { AccountsView } from './accounts/accounts-view.tsx'
import { place, to } from './address.ts'
import { AuditView } from './audit/audit-view.tsx'
import { DevBar } from './dev/dev-bar.tsx'
import { KeyView } from './key/key-view.tsx'
import { KeysView } from './keys/keys-view.tsx'
import { Help } from './parts/help.tsx'
import { Toasts } from './parts/toast.tsx'
import { RequestsView } from './requests/requests-view.tsx'
import { RunsView } from './runs/runs-view.tsx'
import { server, session } from './session.ts'
import { VIEWS } from './shortcuts.ts'
import { SignIn, signOut } from './sign-in.tsx'
import { TasksView } from './tasks/tasks-view.tsx'
import type { ViewProps } from './view.ts'
import { WorkflowsView } from './workflows/workflows-view.tsx'

export function Shell() {
  if (session.value === undefined) return null
  if (session.value === null) return <SignIn />
  const [name = 'keys', id] = place.value
  const View = viewOf(name, id)
  document.title = titleOf(name)
  document.documentElement.classList.toggle('under-dev', server.value?.dev === true)
  return (
    <>
      <a class="skip" href="#view">
        Skip to the view
      </a>
      <header class="top">
        <a class="name" href={to()}>
          Keyward
        </a>
        <Views shown={name} />
        <span class="who">
          {session.value.operator}
          {session.value.expiresAt !== null && (
            <button type="button" class="quiet" onClick={signOut}>
              Sign out
            </button>
          )}
        </span>
      </header>
      {server.value?.dev && <DevBar />}
      <main id="view" tabindex={-1}>
        {View ? <View key={name} id={id} /> : <p>There is no such view.</p>}
      </main>
      <Toasts />
      <Help />
    </>
  )
}

// --- internal ---

function Views({ shown }: { shown: string }) {
  const nav = useRef<HTMLElement>(null)
  // On a telephone they are wider than the screen.
  useEffect(() => {
    nav.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
  }, [shown])
  return (
    <nav ref={nav} aria-label="Views">
      {VIEWS.map((view) => (
        <a key={view.name} href={to(view.name)} aria-current={view.name === shown ? 'page' : undefined}>
          {view.title}
        </a>
      ))}
    </nav>
  )
}

const PAGES: Readonly<Record<string, ComponentType<ViewProps>>> = {
  keys: KeysView,
  requests: RequestsView,
  accounts: AccountsView,
  workflows: WorkflowsView,
  runs: RunsView,
  tasks: TasksView,
  audit: AuditView,
}

function viewOf(name: string, id: string | undefined): ComponentType<ViewProps> | undefined {
  if (name === 'keys' && id !== undefined) return KeyView
  return Object.hasOwn(PAGES, name) ? PAGES[name] : undefined
}

/** Nobody shall take a server for development for one in earnest. */
function titleOf(name: string): string {
  const title = VIEWS.find((view) => view.name === name)?.title ?? 'Keyward'
  return server.value?.dev ? `DEV · ${title} · Keyward` : `${title} · Keyward`
}
