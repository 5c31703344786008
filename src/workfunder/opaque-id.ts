/** 32 hexadecimal characters, the form of WorkFunder's ids (workfunder/README.md, "Conventions"). In order of creation. */
export function opaqueId(): string {
  return Bun.randomUUIDv7('hex').replaceAll('-', '')
}
