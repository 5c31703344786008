import type { ComponentChildren } from 'preact'

type Props = { title: string; badges?: ComponentChildren; onClose: () => void; children: ComponentChildren }

/** What was picked in a view, beside it; where there is no room, over its lower part. */
export function Panel({ title, badges, onClose, children }: Props) {
  return (
    <aside class="panel" aria-label={title}>
      <section class="card">
        <header>
          <h2>{title}</h2>
          {badges}
          <button type="button" class="quiet" aria-label={`Close ${title}`} onClick={onClose}>
            ✕
          </button>
        </header>
        {children}
      </section>
    </aside>
  )
}
