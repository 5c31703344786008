/** Whether a file of proofs/ is a proof. The name is random, so that nothing a client calls its file ever becomes part of a path. */
export function isProofName(name: string): boolean {
  return /^[0-9a-f]{32}\.(?:jpg|png)$/.test(name)
}
