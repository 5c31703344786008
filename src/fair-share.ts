/**
 * Whether someone may take one more of the places that all share. All but a reserve are for whoever comes first. Of the
 * reserve, someone takes a place only while more are free than it holds: so one alone never holds them all, nor do
 * two or three, and who holds none gets one.
 * @param held how many places it has
 * @param free how many nobody has
 */
export function mayTakePlace({
  held,
  free,
  reserve,
}: {
  held: number
  free: number
  reserve: number
}): boolean {
  return free > reserve || held < free
}
