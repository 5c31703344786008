/** What a whole key begins with, of either API or a worker's. */
const WHOLE_KEY = /\b(?:wfk|wfw|wf_live|wf_test)_\w+/g

/** As much of a key as lists show. */
const SHOWN = 20

/** What somebody has pasted, for an address: no more of a key stands in one than lists show. */
export function withoutSecrets(text: string): string {
  return text.replaceAll(WHOLE_KEY, (key) => key.slice(0, SHOWN))
}
