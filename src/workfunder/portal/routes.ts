import { type Endpoint, endpoint, type Params } from '../../http/endpoint.ts'
import { page } from '../api/page.ts'
import { disputeReply, listOf } from '../api/reply-schemas.ts'
import { disputeBody, nearQuery, positionBody, RADIUS_MILES_DEFAULT } from '../api/schemas.ts'
import { disputeToWire } from '../api/task-wire.ts'
import { created, list, ok } from '../api/wire.ts'
import { distanceMeters } from '../geo.ts'
import type { ProofFiles } from '../proof-files/proof-files.ts'
import type { TaskWork } from '../tasks/task-work.ts'
import type { Worker } from '../workers/worker.ts'
import { tasksFor, tasksNear } from './nearby.ts'
import { proofForm, readProofForm } from './proof-form.ts'
import { createProofIntake } from './proof-intake.ts'
import { checkedInReply, foundWorkReply, receiptReply, workReply } from './reply-schemas.ts'
import { createUploadPlaces } from './upload-places.ts'
import { positionToWire, receiptToWire, workToWire } from './wire.ts'

export type PortalParts = { taskWork: TaskWork; files: ProofFiles }

/** What a worker does, line by line; the caller's `key` is the worker. */
export function portalEndpoints({ taskWork, files }: PortalParts): Endpoint<Worker>[] {
  return [...findingEndpoints(taskWork), ...workEndpoints(taskWork), proofEndpoint({ taskWork, files })]
}

// --- internal ---

/** 10 MiB in this time are 87 kB/s; a slower upload would hold a place that others wait for. */
const UPLOAD_WITHIN_MS = 120_000

const idOf = (params: Params) => params.id ?? ''

function findingEndpoints(taskWork: TaskWork): Endpoint<Worker>[] {
  return [
    endpoint({
      summary: 'Find open tasks',
      method: 'GET',
      path: '/tasks',
      query: nearQuery,
      replies: { 200: listOf(foundWorkReply) },
      handle({ key, query }) {
        const { radius_miles: radiusMiles = RADIUS_MILES_DEFAULT } = query
        const { limit, offset } = page(query)
        const near = tasksFor(key.skills, tasksNear(taskWork, query, radiusMiles), taskWork)
        const shown = near.slice(offset, offset + limit).map(({ item, distanceMeters }) => ({
          ...workToWire(taskWork.get(key.id, item.id), key.id),
          distance_meters: distanceMeters,
        }))
        return list(shown, { total: near.length, limit, offset })
      },
    }),
    endpoint({
      summary: 'See open task',
      method: 'GET',
      path: '/tasks/:id',
      replies: { 200: workReply },
      handle: ({ key, params }) => ok(workToWire(taskWork.get(key.id, idOf(params)), key.id)),
    }),
  ]
}

function workEndpoints(taskWork: TaskWork): Endpoint<Worker>[] {
  return [
    endpoint({
      summary: 'Accept task',
      method: 'POST',
      path: '/tasks/:id/accept',
      replies: { 200: workReply },
      refuses: ['INVALID_STATE', 'FORBIDDEN'],
      handle: ({ key, params }) => ok(workToWire(taskWork.accept(key, idOf(params)), key.id)),
    }),
    endpoint({
      summary: 'Check in',
      method: 'POST',
      path: '/tasks/:id/check-in',
      body: positionBody,
      replies: { 200: checkedInReply },
      refuses: ['INVALID_STATE'],
      handle({ key, params, body }) {
        const task = taskWork.checkIn(key.id, idOf(params))
        return ok({ ...workToWire(task, key.id), ...positionToWire(distanceMeters(task, body)) })
      },
    }),
    endpoint({
      summary: 'Give task back',
      method: 'POST',
      path: '/tasks/:id/cancel',
      replies: { 200: workReply },
      refuses: ['INVALID_STATE'],
      handle: ({ key, params }) => ok(workToWire(taskWork.giveBack(key.id, idOf(params)), key.id)),
    }),
    endpoint({
      summary: 'Dispute rejection',
      method: 'POST',
      path: '/tasks/:id/dispute',
      body: disputeBody,
      replies: { 201: disputeReply },
      refuses: ['INVALID_STATE'],
      handle: ({ key, params, body }) =>
        created(disputeToWire(taskWork.dispute(key.id, idOf(params), body.reason))),
    }),
  ]
}

/** Not made by `endpoint`, which reads JSON. */
function proofEndpoint({ taskWork, files }: PortalParts): Endpoint<Worker> {
  const intake = createProofIntake({ taskWork, files })
  const places = createUploadPlaces()
  return {
    method: 'POST',
    path: '/tasks/:id/proof',
    description: {
      summary: 'Submit proof',
      form: proofForm,
      replies: { 201: receiptReply },
      refuses: ['INVALID_STATE', 'TOO_LARGE'],
    },
    run(worker, params, request, refuseEnded) {
      const refuse = () => refuseEnded(worker)
      // First, so that no 10 MiB are read for a task that does not exist.
      taskWork.get(worker.id, idOf(params))
      return places.during(worker.id, async () => {
        const upload = await readProofForm(request, AbortSignal.timeout(UPLOAD_WITHIN_MS))
        refuse()
        return created(receiptToWire(await intake.submit(worker.id, idOf(params), upload, refuse)))
      })
    },
  }
}
