const UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB']

/** @returns a size for people, in powers of 1000: 4.2 MB. */
export function readableBytes(bytes: number): string {
  const step = Math.min(UNITS.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3))
  const amount = bytes / 1000 ** step
  return `${amount >= 10 || step === 0 ? Math.round(amount) : amount.toFixed(1)} ${UNITS[step]}`
}
