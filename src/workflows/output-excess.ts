import { type JsonBounds, jsonExcess } from '../http/json-bounds.ts'

/**
 * What the output of a step may hold, so that to read it, to mask it and to write it take some 20 ms each; between them
 * the others have their turn. Thirty thousand objects of six fields fit. The depth is what a mask takes (secret-mask.ts).
 */
export const OUTPUT_BOUNDS: JsonBounds = { depth: 256, values: 200_000, names: 20_000, orders: 20_000 }

/** What is too much in the JSON of an output ("must not …"), or null. */
export function outputExcess(json: string): string | null {
  return jsonExcess(json, OUTPUT_BOUNDS)
}
