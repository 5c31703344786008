/**
 * Resolves when all that has been committed by now is on disk. Rejects with the error of the disk or SQLite where that
 * cannot be said: what was committed shows, and may not outlast a power cut.
 */
export type OnDisk = () => Promise<void>
