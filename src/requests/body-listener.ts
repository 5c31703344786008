/**
 * Whoever wants to see a request's body gets it from whoever reads it: a body can be read once, and one that nobody reads is
 * not waited for.
 */
export function onBody(request: Request, listener: (bytes: Buffer) => void): void {
  listeners.set(request, listener)
}

/** A request's body has been read, whole. */
export function tellBody(request: Request, bytes: Buffer): void {
  listeners.get(request)?.(bytes)
}

// --- internal ---

const listeners = new WeakMap<Request, (bytes: Buffer) => void>()
