import { GUARD_HEADERS } from '../http/json-response.ts'

/** On every page and its parts: it may load what this server has, and pictures that stand in the styles; nothing from elsewhere. */
export const PAGE_HEADERS = {
  ...GUARD_HEADERS,
  'Content-Security-Policy':
    "default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'Referrer-Policy': 'no-referrer',
}

export type Page = {
  title: string
  /** More of the head: styles and scripts, as HTML. */
  head?: string
  links: readonly { href: string; text: string }[]
  /** As HTML. */
  main: string
}

/** A page for people, with a line of links above it. */
export function pageResponse({ title, head = '', links, main }: Page): Response {
  const line = links.map(({ href, text }) => `<a href="${href}">${text}</a>`).join('\n        ')
  const html = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>${title}</title>
    <link rel="icon" href="data:,">
    ${head}
    <link rel="stylesheet" href="/docs/page.css">
  </head>
  <body>
    <header>
      <a class="name" href="/">Keyward</a>
      <nav aria-label="Pages">
        ${line}
      </nav>
    </header>
    ${main}
  </body>
</html>
`
  return new Response(html, { headers: { ...PAGE_HEADERS, 'Content-Type': 'text/html; charset=utf-8' } })
}
