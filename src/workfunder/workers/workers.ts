import type { Actor } from '../../audit/actor.ts'
import { differences } from '../../audit/differences.ts'
import type { AuditTrail } from '../../audit/trail.ts'
import type { Clock } from '../../clock.ts'
import type { Db } from '../../db/open.ts'
import { AppError, invalid, refuseInvalid } from '../../errors.ts'
import type { KeyHash } from '../../keys/hash.ts'
import { type Environment, generateWorkerToken, hasWorkerForm, prefixOf } from '../../keys/token.ts'
import type { Verifier } from '../../keys/verifier.ts'
import { nameProblems } from '../../lib/name.ts'
import type { Problem } from '../../lib/problem.ts'
import {
  boxAround,
  METERS_PER_MILE,
  type Near,
  type Point,
  ROUGH_METERS_MAX,
  roughPlace,
  within,
} from '../geo.ts'
import { opaqueId } from '../opaque-id.ts'
import { fictionalWorkerById, fictionalWorkersAt } from './fictional-workers.ts'
import { isWorkerSkill, WORKER_SKILLS } from './skills.ts'
import { createWorkerStore, type WorkerKey } from './store.ts'
import type { FoundWorker, Worker } from './worker.ts'
import { createWorkerKeys } from './worker-keys.ts'

export type NewWorker = Point & {
  firstName: string
  lastName: string
  city: string
  state: string
  /** Left out: none. */
  skills?: readonly string[]
  /** Left out: 25 dollars. */
  hourlyRateCents?: number
}

/** The only place where a worker's whole key ever leaves the program. */
export type CreatedWorker = Worker & { token: string }

export type WorkerSearch = Point & {
  radiusMiles: number
  /** At least one of these; empty: any. */
  skills: readonly string[]
  limit: number
  offset: number
}

export type Workers = ReturnType<typeof createWorkers>

type Parts = { db: Db; clock: Clock; audit: AuditTrail; verifier: Verifier; keyHash: KeyHash }

/**
 * Who does tasks. Those of the live environment are real and made by the operator; those of the test
 * environment are made up, and neither ever shows in the other.
 */
export function createWorkers({ db, clock, audit, verifier, keyHash }: Parts) {
  const store = createWorkerStore(db)

  function get(id: string): Worker {
    const worker = store.get(id)
    if (!worker) throw new AppError('NOT_FOUND', 'Worker not found')
    return worker
  }

  /** Changes a stored worker, and writes down what that changed, in one transaction. @throws NOT_FOUND */
  function change(action: `workers.${string}`, id: string, actor: Actor, work: () => void): Worker {
    return store.atomically(() => {
      const before = get(id)
      work()
      const worker = get(id)
      const changed = differences(factsOf(before), factsOf(worker))
      if (changed) audit.record({ actor, action, subject: id, ...changed })
      return worker
    })
  }

  /** 50 ms of bcrypt, off the event loop. */
  async function newKey(): Promise<WorkerKey & { token: string }> {
    const token = generateWorkerToken()
    return { token, ...(await keyOf(token)) }
  }

  async function keyOf(token: string): Promise<WorkerKey> {
    return {
      keyPrefix: prefixOf(token),
      keyBcryptHash: await keyHash.hash(token),
      keyVerifier: verifier(token),
    }
  }

  function insert(id: string, input: NewWorker, key: WorkerKey, actor: Actor): Worker {
    const worker = {
      id,
      firstName: input.firstName,
      lastName: input.lastName,
      city: input.city,
      state: input.state,
      latitude: input.latitude,
      longitude: input.longitude,
      skills: [...(input.skills ?? [])],
      hourlyRateCents: input.hourlyRateCents ?? HOURLY_RATE_CENTS_DEFAULT,
      reputationScore: REPUTATION_SCORE_AT_FIRST,
      status: 'active' as const,
      ...key,
      createdAt: clock.now(),
    }
    store.atomically(() => {
      store.insert(worker)
      audit.record({ actor, action: 'workers.create', subject: id, after: factsOf(worker) })
    })
    return get(id)
  }

  function candidates(environment: Environment, center: Point, radiusMeters: number): FoundWorker[] {
    if (environment === 'test') return fictionalWorkersAt(center)
    return store.activeIn(boxAround(center, radiusMeters + ROUGH_METERS_MAX))
  }

  return {
    ...createWorkerKeys({ store, verifier, keyHash }),

    /** @throws INVALID_INPUT for a name, place, skill or rate that will not do. */
    async create(input: NewWorker, actor: Actor): Promise<CreatedWorker> {
      refuseInvalid(problemsOf(input))
      const { token, ...key } = await newKey()
      return { ...insert(opaqueId(), input, key, actor), token }
    },

    /**
     * Makes a worker who has an id or a key already. @param token null: a new one, which nobody is told
     * @throws as `create`; INVALID_INPUT for a text that is no worker's key; CONFLICT where another key begins as it does
     */
    async take(
      { id = opaqueId(), ...input }: NewWorker & { id?: string },
      given: string | null,
      actor: Actor,
    ): Promise<Worker> {
      refuseInvalid(problemsOf(input))
      const token = given ?? generateWorkerToken()
      if (!hasWorkerForm(token)) throw invalid('secret', 'must have the form of a worker’s key')
      if (store.proofOf(prefixOf(token)))
        throw new AppError('CONFLICT', 'Another key begins as this one does')
      return insert(id, input, await keyOf(token), actor)
    },

    /** Newest first. */
    list: store.list,

    get,

    /** The worker's key is refused from the next request on. @throws NOT_FOUND */
    suspend: (id: string, actor: Actor): Worker =>
      change('workers.suspend', id, actor, () => store.setStatus(id, 'suspended')),

    /** The worker's key is good again from the next request on. @throws NOT_FOUND */
    resume: (id: string, actor: Actor): Worker =>
      change('workers.resume', id, actor, () => store.setStatus(id, 'active')),

    /** Gives the worker another key; the old one is refused from the next request on. @throws NOT_FOUND */
    async replaceKey(id: string, actor: Actor): Promise<CreatedWorker> {
      get(id)
      const { token, ...key } = await newKey()
      return { ...change('workers.newKey', id, actor, () => store.replaceKey(id, key)), token }
    },

    /**
     * Asks once more whether a key is good that was when its request was admitted.
     * @throws KEY_INVALID where the worker is suspended or has another key meanwhile, which nobody outside can tell apart.
     */
    refuseEnded({ id, keyPrefix }: Worker): void {
      const worker = store.get(id)
      if (worker?.status === 'active' && worker.keyPrefix === keyPrefix) return
      throw new AppError('KEY_INVALID', 'the key that asked for it is no longer valid')
    },

    isSuspended: (id: string): boolean => store.get(id)?.status === 'suspended',

    /** @throws NOT_FOUND where the environment has no active worker with this id. */
    find(environment: Environment, id: string): FoundWorker {
      const worker = environment === 'test' ? fictionalWorkerById(id) : store.get(id)
      if (!worker || ('status' in worker && worker.status !== 'active')) {
        throw new AppError('NOT_FOUND', 'Worker not found')
      }
      return worker
    },

    /**
     * Measures to a rough place, to a kilometre or so, in the order and in the radius too, so that nobody's home is found by asking
     * again and again.
     * @returns a page of who is near, nearest first, and how many there are in all.
     */
    search(environment: Environment, search: WorkerSearch): { items: Near<FoundWorker>[]; total: number } {
      const radiusMeters = search.radiusMiles * METERS_PER_MILE
      const skilled = candidates(environment, search, radiusMeters).filter(
        ({ skills }) => search.skills.length === 0 || search.skills.some((skill) => skills.includes(skill)),
      )
      const byId = (a: FoundWorker, b: FoundWorker) => (a.id < b.id ? -1 : 1)
      const near = within({ center: search, radiusMeters }, skilled, roughPlace, byId)
      return { items: near.slice(search.offset, search.offset + search.limit), total: near.length }
    },
  }
}

// --- internal ---

/** What the audit trail tells of a worker: not where they live. */
function factsOf({ firstName, lastName, city, state, skills, ...worker }: Worker) {
  const { hourlyRateCents, status, keyPrefix } = worker
  return { firstName, lastName, city, state, skills, hourlyRateCents, status, keyPrefix }
}

const HOURLY_RATE_CENTS_DEFAULT = 2500
const HOURLY_RATE_CENTS_MAX = 1_000_000

/** Of 100. Good, but less than the vendor's examples, whose workers have earned theirs. */
const REPUTATION_SCORE_AT_FIRST = 80

/** As a task's location has it (workfunder/README.md, "Tasks and bounties"). */
const STATE_CODE = /^[A-Z]{2}$/

function problemsOf(input: NewWorker): Problem[] {
  const rate = input.hourlyRateCents ?? HOURLY_RATE_CENTS_DEFAULT
  const rateFits = Number.isInteger(rate) && rate >= 0 && rate <= HOURLY_RATE_CENTS_MAX
  return [
    ...nameProblems('firstName', input.firstName),
    ...nameProblems('lastName', input.lastName),
    ...nameProblems('city', input.city),
    ...(STATE_CODE.test(input.state)
      ? []
      : [{ field: 'state', message: 'must be a state code of two capital letters, such as NY' }]),
    ...degreeProblems('latitude', input.latitude, 90),
    ...degreeProblems('longitude', input.longitude, 180),
    ...skillProblems(input.skills ?? []),
    ...(rateFits
      ? []
      : [{ field: 'hourlyRateCents', message: `must be a whole number from 0 to ${HOURLY_RATE_CENTS_MAX}` }]),
  ]
}

function degreeProblems(field: string, degrees: number, max: number): Problem[] {
  return Number.isFinite(degrees) && Math.abs(degrees) <= max
    ? []
    : [{ field, message: `must be a number from -${max} to ${max}` }]
}

/** An unknown skill is not repeated: it may be a key that was pasted into the wrong place. */
function skillProblems(skills: readonly string[]): Problem[] {
  const problems: Problem[] = []
  for (const [i, skill] of skills.entries()) {
    if (!isWorkerSkill(skill)) {
      problems.push({ field: `skills[${i}]`, message: `is not one of ${WORKER_SKILLS.join(', ')}` })
    } else if (skills.indexOf(skill) < i) {
      problems.push({ field: `skills[${i}]`, message: `names ${skill} a second time` })
    }
  }
  return problems
}
