import { METERS_PER_DEGREE, type Point } from '../geo.ts'
import { WORKER_SKILLS } from './skills.ts'
import type { FoundWorker } from './worker.ts'

/**
 * The workers of the test environment. They are worked out of a place and stored nowhere: the same place
 * always has the same eight, and each one's id tells where and which they are.
 * @returns all of them, with every skill among them, all within 10 miles.
 */
export function fictionalWorkersAt(place: Point): FoundWorker[] {
  const cell = cellOf(place)
  return DISTANCES_METERS.map((_, index) => workerOf(cell, index))
}

/**
 * @param turn how many had the task before; the next eight turns are all different people.
 * @returns one of the workers of that place, always the same for the same seed, such as a task's id.
 */
export function fictionalWorker(seed: string, place: Point, turn = 0): FoundWorker {
  return workerOf(cellOf(place), (byteOf(sha256(seed), 0) + turn) % DISTANCES_METERS.length)
}

/** @returns the fictional worker that has this id, or null where none has. */
export function fictionalWorkerById(id: string): FoundWorker | null {
  const code = /^[0-9a-f]{22}([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{2})$/.exec(id)
  if (!code) return null
  const [row = Number.NaN, column = Number.NaN, index = Number.NaN] = code
    .slice(1)
    .map((hex) => Number.parseInt(hex, 16))
  const cell = { row, column }
  return index < DISTANCES_METERS.length && idOf(cell, index) === id ? workerOf(cell, index) : null
}

// --- internal ---

/** A square of a hundredth of a degree, a kilometre or so: what "the same place" means here. */
type Cell = { row: number; column: number }

const CELLS_PER_DEGREE = 100

/** How far from the middle of the cell each of them lives; the last one still within 10 miles of its edge. */
const DISTANCES_METERS = [400, 900, 1800, 3200, 5000, 7500, 10_500, 14_000]

/** At the poles a degree of longitude has no length, so a distance in degrees would be infinite. */
const COSINE_MIN = 0.01

const FIRST_NAMES = [
  'Ada',
  'Bruno',
  'Chidi',
  'Divya',
  'Elena',
  'Farid',
  'Grace',
  'Hiro',
  'Ines',
  'Jamal',
  'Kaya',
]
const LAST_NAMES = ['Abbott', 'Brooks', 'Castillo', 'Duarte', 'Engel', 'Fischer', 'Greene', 'Hassan', 'Ito']

const SKILLS_EACH = 4

function cellOf({ latitude, longitude }: Point): Cell {
  return {
    row: Math.round((latitude + 90) * CELLS_PER_DEGREE),
    column: Math.round((longitude + 180) * CELLS_PER_DEGREE),
  }
}

function workerOf(cell: Cell, index: number): FoundWorker {
  const place = `${cell.row} ${cell.column}`
  const dice = sha256(`${place} ${index}`)
  const [turn, first, last] = [0, 1, 2].map((position) => byteOf(sha256(place), position))
  return {
    id: idOf(cell, index),
    firstName: FIRST_NAMES[((first ?? 0) + index) % FIRST_NAMES.length] ?? '',
    lastName: LAST_NAMES[((last ?? 0) + index) % LAST_NAMES.length] ?? '',
    city: 'Testville',
    state: 'ZZ',
    ...positionOf(cell, index, turn ?? 0),
    skills: skillsOf(index, turn ?? 0),
    hourlyRateCents: 1500 + 250 * (byteOf(dice, 0) % 13),
    reputationScore: 70 + (byteOf(dice, 1) % 31),
  }
}

/** Tells the cell and the index in its last ten digits; the rest makes it look like any id, and proves it. */
function idOf({ row, column }: Cell, index: number): string {
  const code = hex(row, 4) + hex(column, 4) + hex(index, 2)
  return sha256(`fictional worker ${code}`).slice(0, 22) + code
}

function positionOf({ row, column }: Cell, index: number, turn: number): Point {
  const middle = { latitude: row / CELLS_PER_DEGREE - 90, longitude: column / CELLS_PER_DEGREE - 180 }
  const bearing = ((index * 135 + turn) * Math.PI) / 180
  const degrees = (DISTANCES_METERS[index] ?? 0) / METERS_PER_DEGREE
  const cosine = Math.max(COSINE_MIN, Math.cos((middle.latitude * Math.PI) / 180))
  const longitude = middle.longitude + (degrees * Math.sin(bearing)) / cosine
  return {
    latitude: rounded(Math.min(90, Math.max(-90, middle.latitude + degrees * Math.cos(bearing)))),
    longitude: rounded(longitude > 180 ? longitude - 360 : longitude < -180 ? longitude + 360 : longitude),
  }
}

/** Each begins three skills after the one before, so that eight times three cover all 23. */
function skillsOf(index: number, turn: number): string[] {
  const start = index * 3 + turn
  return Array.from(
    { length: SKILLS_EACH },
    (_, i) => WORKER_SKILLS[(start + i) % WORKER_SKILLS.length] ?? '',
  )
}

/** Rounded to about a tenth of a metre. */
function rounded(degrees: number): number {
  return Math.round(degrees * 1e6) / 1e6
}

function sha256(text: string): string {
  return Bun.SHA256.hash(text, 'hex')
}

function byteOf(digest: string, position: number): number {
  return Number.parseInt(digest.slice(2 * position, 2 * position + 2), 16)
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0')
}
