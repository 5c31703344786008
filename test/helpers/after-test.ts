/** What tests have started and must end, the latest first. */
const endings: (() => unknown)[] = []

/** Has something ended when the test that calls this is over, however it ends. */
export function afterTest(end: () => unknown): void {
  endings.push(end)
}

/** Called by preload.ts after each test. */
export async function endAll(): Promise<void> {
  for (let end = endings.pop(); end; end = endings.pop()) await end()
}
