type Check = { check: string; outcome: 'passes' | 'refuses' | 'not reached'; detail: string }

const SIGNS = { passes: '✓', refuses: '✕', 'not reached': '·' }

/** Checks in their order, and which of them refused. */
export function Checks({ label, of }: { label: string; of: readonly Check[] }) {
  return (
    <ol class="checks" aria-label={label}>
      {of.map(({ check, outcome, detail }) => (
        <li key={check} class={outcome.replace(' ', '-')}>
          <span class="sign" aria-hidden="true">
            {SIGNS[outcome]}
          </span>
          <strong>{check}</strong> <span class="outcome">{outcome}</span>
          {detail && <div class="detail">{detail}</div>}
        </li>
      ))}
    </ol>
  )
}
