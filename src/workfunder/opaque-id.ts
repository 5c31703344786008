/** 32 hexadecimal characters, the form of WorkFunder's ids (workfunder/README.md, "Conventions"). In order of creation. */
export function opaqueId(): string {
  return Bun.randomUUIDv7('hex').replaceAll('-', '')
}

/** `disp_` and 12 hexadecimal characters, all of them random (workfunder/README.md, "Conventions"). */
export function disputeId(): string {
  return `disp_${crypto.randomUUID().replaceAll('-', '').slice(0, 12)}`
}
