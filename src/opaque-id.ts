/** 32 hexadecimal characters, the form of WorkFunder's ids (facts/workfunder-api.md 7). In order of creation. */
export function opaqueId(): string {
  return Bun.randomUUIDv7('hex').replaceAll('-', '')
}
