/** Flags that are not called as the operation's field is. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  lifetimeMs: 'expires',
  inFavourOf: 'for',
  limit: 'last',
  by: 'time',
  to: 'time',
}

/**
 * @param field as an operation names it: billingAnchorDay, accountId, scopes[0], answer.latencyMs.
 * @param flags those of the command as they are typed: --billing-anchor-day, ID.
 * @returns what was typed for that field, or the field where nothing of the kind can be.
 */
export function flagOf(field: string, flags: readonly string[]): string {
  const [whole = ''] = field.split('[')
  const name = whole.split('.').at(-1) ?? ''
  const kebab = name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
  const candidates = [OTHER_NAMES[name], kebab, kebab.replace(/-(id|at|ms|seconds)$/, '')]
  return (
    candidates
      .flatMap((candidate) =>
        flags.filter((flag) => flag === `--${candidate}` || flag === candidate?.toUpperCase()),
      )
      .at(0) ?? field
  )
}
