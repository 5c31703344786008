import { helpShown, VIEWS, viewKeys } from '../shortcuts.ts'
import { Dialog } from './dialog.tsx'

/** What the keyboard does. */
export function Help() {
  if (!helpShown.value) return null
  const rows: (readonly [string, string])[] = [
    ['/', 'Search'],
    ...VIEWS.map(({ key, title }) => [`g ${key}`, title] as const),
    ...Object.entries(viewKeys.value).map(([key, { does }]) => [key, does] as const),
    ['?', 'This list'],
    ['Esc', 'Close what is open'],
  ]
  return (
    <Dialog
      title="Keyboard"
      onClose={() => {
        helpShown.value = false
      }}
    >
      <dl class="facts">
        {rows.map(([keys, does]) => (
          <div key={keys}>
            <dt>
              {keys.split(' ').map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  )
}
