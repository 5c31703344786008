import type { Pace, SlicedWork } from './sliced-work.ts'

/**
 * Where a part stands next in a text, at `from` or after it; -1: nowhere. Each `from` is at least the one before, and within
 * the text.
 */
export type TextSearch = (from: number) => SlicedWork<number>

/**
 * Takes time that grows with the text and the part. The engine's own search compares the whole part wherever its hash fits, and
 * takes half a minute for a part of 64 KiB in 1 MiB; so it is asked for the beginning of the part alone, and what
 * follows is read as Knuth, Morris and Pratt do.
 */
export function createTextSearch(text: string, part: string, pace: Pace): TextSearch {
  const beginning = beginningOf(part)
  let borders: Uint32Array | null = null
  /** How far the text is read, and how many of the characters before that place are the first ones of the part. */
  let at = 0
  let same = 0

  return function* next(from) {
    if (at <= from) [at, same] = [from, 0]
    for (;;) {
      if (same === 0) {
        const begun = text.indexOf(beginning, at)
        if (pace(searchCost((begun === -1 ? text.length : begun) - at))) yield
        if (begun === -1) return -1
        at = begun + beginning.length
        same = beginning.length
      } else if (pace(readOn())) yield
      if (part.length - same > text.length - at) return -1
      if (same === part.length && at - same >= from) return at - same
    }
  }

  /** Reads until the whole part is found or nothing of it is left, some steps at most. @returns how many steps it took. */
  function readOn(): number {
    let [reading, alike, steps] = [at, same, borders ? 0 : part.length]
    borders ??= bordersOf(part)
    if (alike === part.length) alike = borders[alike - 1] ?? 0
    while (alike > 0 && alike < part.length && reading < text.length && steps < STEPS_AT_ONCE) {
      if (text.charCodeAt(reading) === part.charCodeAt(alike)) {
        reading += 1
        alike += 1
      } else alike = borders[alike - 1] ?? 0
      steps += 1
    }
    at = reading
    same = alike
    return steps
  }
}

/** For a quick look: a text without this does not have the part, and to look for this takes linear time. */
export function beginningOf(part: string): string {
  return part.slice(0, BEGINNING_CHARS)
}

/** `indexOf` goes through a text some sixteen times as fast as we do; a call costs as much as a few characters. */
export function searchCost(chars: number): number {
  return 4 + chars / 16
}

// --- internal ---

/** 10 Mi characters are searched for so short a text in 15 ms at worst. */
const BEGINNING_CHARS = 32

const STEPS_AT_ONCE = 64 * 1024

/** Of each beginning of a text, how long its longest part is that is both its own beginning and its end. */
function bordersOf(text: string): Uint32Array {
  const borders = new Uint32Array(text.length)
  let border = 0
  for (let at = 1; at < text.length; at++) {
    while (border > 0 && text.charCodeAt(at) !== text.charCodeAt(border)) border = borders[border - 1] ?? 0
    if (text.charCodeAt(at) === text.charCodeAt(border)) border += 1
    borders[at] = border
  }
  return borders
}
