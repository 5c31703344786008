/**
 * Asks again and again, without a pause of its own, until the answer is yes; the test's time limit ends it.
 * For what another process or the disk does in its own time.
 */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 5))
}
