/**
 * Later than any wait ends, and any lease: our own clock says when a wait is over (runs/waits.ts), and what is
 * claimed stays so (leases.ts). There is room for a duration that is added a little later, because a year of five
 * digits sorts before all others.
 */
export const FOREVER = new Date('9999-12-31T00:00:00Z')
