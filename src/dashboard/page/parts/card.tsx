import type { ComponentChildren } from 'preact'

/** A part of a view, with its name above it. */
export function Card({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <section class="card" aria-label={title}>
      <h2>{title}</h2>
      {children}
    </section>
  )
}
