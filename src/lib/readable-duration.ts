const UNITS: readonly (readonly [seconds: number, name: string])[] = [
  [86_400, 'd'],
  [3600, 'h'],
  [60, 'min'],
  [1, 's'],
]

/** @returns a duration for people, in its two largest units: 3 h 12 min. */
export function readableDuration(seconds: number): string {
  const largest = UNITS.findIndex(([unit]) => seconds >= unit)
  const shown = UNITS.slice(largest === -1 ? -1 : largest).slice(0, 2)
  let rest = seconds
  return shown
    .map(([unit, name]) => {
      const amount = Math.floor(rest / unit)
      rest -= amount * unit
      return `${amount} ${name}`
    })
    .join(' ')
}
