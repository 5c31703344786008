import type { ComponentChildren } from 'preact'
import type { Refusal } from '../operations.ts'
import type { Loaded } from './loaded.ts'

/** What was loaded, or in its place why not. Below 100 ms nothing says that it is being waited for. */
export function Shown<T>({ of, children }: { of: Loaded<T>; children: (value: T) => ComponentChildren }) {
  if (of.value !== undefined)
    return (
      <>
        {of.refusal && <Problem of={of.refusal} />}
        {children(of.value)}
      </>
    )
  if (of.refusal) return <Problem of={of.refusal} />
  return <p class="waiting">Loading …</p>
}

/** A refusal where it happened. */
export function Problem({ of }: { of: Refusal | null | undefined }) {
  if (!of) return null
  const isList = of.problems.length > 1
  return (
    <div role="alert" class="problem">
      {isList ? (
        <ul>
          {of.problems.map(({ field, message }) => (
            <li key={`${field} ${message}`}>
              {field} {message}
            </li>
          ))}
        </ul>
      ) : (
        of.message
      )}
    </div>
  )
}
