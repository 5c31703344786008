// The keys that every peer knows: the same 10,000 that Keyward has stored (see ../stored-keys.ts).
const KEYS = 10_000

export function storedToken(index) {
  const scattered = (index * 2654435761) % 2 ** 32
  return `wfk_${String(scattered).padStart(12, '0')}${String(index).padStart(20, '0')}`
}

/** Which client a key belongs to. */
export const clients = new Map(Array.from({ length: KEYS }, (_, index) => [storedToken(index), `client-${index}`]))

/** More than one key can ask for in a minute, so that the limiter works and never refuses. */
export const OUT_OF_REACH = 10_000_000
export const WINDOW_MS = 60_000
export const PATH = '/api/v1/probe'
export const port = Number(process.argv[2])
