/** Later than any wait ends: our own clock says when one is over (workflows/runs/waits.ts). */
export const FOREVER = new Date('9999-12-31T00:00:00Z')
