/** What a photo may be (facts/workfunder-api.md 2.2), told by how the file begins. */
const IMAGE_TYPES = [
  { contentType: 'image/jpeg', extension: 'jpg', magic: [0xff, 0xd8, 0xff] },
  { contentType: 'image/png', extension: 'png', magic: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a] },
] as const

export type ImageType = (typeof IMAGE_TYPES)[number]

/** @returns what the bytes are, whatever the client calls them; null for neither. */
export function imageTypeOf(bytes: Uint8Array): ImageType | null {
  return IMAGE_TYPES.find(({ magic }) => magic.every((byte, i) => bytes[i] === byte)) ?? null
}
