import { Type as t } from '@sinclair/typebox'
import { invalid } from '../../errors.ts'
import { type Endpoint, endpoint, tagged } from '../../http/endpoint.ts'
import { ownerOf } from '../owner.ts'
import { isWorkerSkill, WORKER_SKILLS } from '../workers/skills.ts'
import type { FoundWorker } from '../workers/worker.ts'
import type { Workers } from '../workers/workers.ts'
import { page } from './page.ts'
import { foundWorkerReply, listOf, workerReply } from './reply-schemas.ts'
import { nearQuery, RADIUS_MILES_DEFAULT } from './schemas.ts'
import { list, ok } from './wire.ts'

/** Finding workers (workfunder/README.md, "Workers"): real ones with a live key, made-up ones with a test key. */
export function workerEndpoints(workers: Pick<Workers, 'search' | 'find'>): Endpoint[] {
  return tagged('Workers', [
    endpoint({
      summary: 'Search workers',
      method: 'GET',
      path: '/workers/search',
      query: searchQuery,
      replies: { 200: listOf(foundWorkerReply) },
      handle({ key, query }) {
        const { latitude, longitude, radius_miles: radiusMiles = RADIUS_MILES_DEFAULT } = query
        const { limit, offset } = page(query)
        const where = { latitude, longitude, radiusMiles, skills: skillsOf(query.skills), limit, offset }
        const { items, total } = workers.search(ownerOf(key).environment, where)
        const found = items.map(({ item, distanceMeters }) => ({
          ...workerToWire(item),
          distance_meters: distanceMeters,
        }))
        return list(found, { total, limit, offset })
      },
    }),
    endpoint({
      summary: 'Get worker',
      method: 'GET',
      path: '/workers/:id',
      replies: { 200: workerReply },
      handle: ({ key, params }) => ok(workerToWire(workers.find(ownerOf(key).environment, params.id ?? ''))),
    }),
  ])
}

// --- internal ---

const searchQuery = t.Object({ ...nearQuery.properties, skills: t.Optional(t.String()) })

/** @throws INVALID_INPUT for a list that names anything else than skills. */
function skillsOf(text: string | undefined): string[] {
  if (text === undefined) return []
  const skills = text.split(',').map((skill) => skill.trim())
  if (skills.every(isWorkerSkill)) return skills
  throw invalid('skills', `must be a comma-separated list of ${WORKER_SKILLS.join(', ')}`)
}

/** Never where exactly a worker lives, nor the whole last name. */
function workerToWire(worker: FoundWorker) {
  const [initial = ''] = worker.lastName.trim()
  return {
    id: worker.id,
    first_name: worker.firstName,
    last_name: `${initial.toUpperCase()}.`,
    city: worker.city,
    state: worker.state,
    skills: worker.skills,
    hourly_rate_cents: worker.hourlyRateCents,
    reputation_score: worker.reputationScore,
  }
}
