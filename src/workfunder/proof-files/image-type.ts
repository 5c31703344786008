export type Image = {
  contentType: 'image/jpeg' | 'image/png'
  extension: 'jpg' | 'png'
  width: number
  height: number
}

/**
 * Reads what a photo may be (workfunder/README.md, "Proofs"), and how large the picture is that its bytes unfold to.
 * @returns what the bytes are, whatever the client calls them; null where they are neither JPEG nor PNG, or do
 * not tell the picture's size.
 */
export function readImage(bytes: Uint8Array): Image | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const jpeg = startsWith(view, JPEG_START) ? jpegSize(view) : null
  if (jpeg) return { contentType: 'image/jpeg', extension: 'jpg', ...jpeg }
  const png = startsWith(view, PNG_START) ? pngSize(view) : null
  return png && { contentType: 'image/png', extension: 'png', ...png }
}

// --- internal ---

type Size = Pick<Image, 'width' | 'height'>

/** The marker that opens the file, and the first byte of the next one. */
const JPEG_START = [0xff, 0xd8, 0xff]

/** The signature, then the header chunk: its length 13 and its name IHDR (PNG specification, 5.2 and 11.2.2). */
const PNG_START = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52]

function startsWith(view: DataView, start: readonly number[]): boolean {
  return view.byteLength >= start.length && start.every((byte, at) => view.getUint8(at) === byte)
}

function pngSize(view: DataView): Size | null {
  const at = PNG_START.length
  return view.byteLength < at + 8 ? null : sizeOf(view.getUint32(at), view.getUint32(at + 4))
}

/** Goes from segment to segment up to the first frame header (ITU T.81, B.1.1 and B.2.2). */
function jpegSize(view: DataView): Size | null {
  for (let at = 2; at + 9 <= view.byteLength; ) {
    if (view.getUint8(at) !== 0xff) return null
    const marker = view.getUint8(at + 1)
    if (isFrameHeader(marker)) return sizeOf(view.getUint16(at + 7), view.getUint16(at + 5))
    if (marker === START_OF_SCAN || marker === END_OF_IMAGE) return null
    // Before another marker stands any number of 0xff bytes; every other segment tells its length.
    at += marker === 0xff ? 1 : 2 + view.getUint16(at + 2)
  }
  return null
}

const START_OF_SCAN = 0xda
const END_OF_IMAGE = 0xd9

/** SOF0 to SOF15, without the three codes between them that mean tables. */
function isFrameHeader(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc
}

function sizeOf(width: number, height: number): Size | null {
  return width > 0 && height > 0 ? { width, height } : null
}
