import { render } from 'preact'
import { followLinks } from './address.ts'
import { Shell } from './shell.tsx'
import { onKey } from './shortcuts.ts'
import { enter, enterByNewTicket } from './sign-in.tsx'

const root = document.getElementById('page')
if (root) render(<Shell />, root)
document.addEventListener('click', followLinks)
document.addEventListener('keydown', onKey)
addEventListener('hashchange', enterByNewTicket)
void enter()
