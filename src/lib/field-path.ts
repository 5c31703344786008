/** JSON pointer to the vendors' form: "/steps/2/config/url" is "steps[2].config.url". The whole is "body". */
export function fieldPath(pointer: string): string {
  const parts = pointer.split('/').slice(1)
  const path = parts.map((part) => {
    const name = part.replaceAll('~1', '/').replaceAll('~0', '~')
    return /^\d+$/.test(name) ? `[${name}]` : `.${name}`
  })
  return path.join('').replace(/^\./, '') || 'body'
}
