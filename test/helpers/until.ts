/**
 * Asks again and again until the answer is yes; the test's time limit ends it. For what another thread, another
 * process or the disk does in its own time: between two looks they have a core to themselves.
 */
export async function until(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isTrue())) await Bun.sleep(1)
}
