import { invalid } from '../../errors.ts'
import type { Point } from '../geo.ts'
import { readImage } from '../proof-files/image-type.ts'
import type { ProofFiles } from '../proof-files/proof-files.ts'
import type { Proof } from '../tasks/task.ts'
import type { TaskWork } from '../tasks/task-work.ts'

/** What a worker uploads. */
export type Upload = Point & {
  type: Proof['type']
  bytes: Uint8Array
  deviceInfo: Record<string, unknown>
}

/** More pixels than telephones take; a program that opens the picture needs four bytes for each. */
const PIXELS_MAX = 100_000_000

export function createProofIntake({ taskWork, files }: { taskWork: TaskWork; files: ProofFiles }) {
  return {
    /**
     * Keeps the file and records the proof. The file is removed again where the proof is refused.
     * @param refuseEnded called when the file is on disk; throws where the worker may hand in nothing any more
     * @throws INVALID_INPUT for a type that the task does not ask for, a video, or a file that is no JPEG or PNG, or has too
     * many pixels; NOT_FOUND, INVALID_STATE, and what `refuseEnded` does
     */
    async submit(
      workerId: string,
      taskId: string,
      { bytes, ...upload }: Upload,
      refuseEnded: () => void,
    ): Promise<Proof> {
      const { proofTypes } = taskWork.get(workerId, taskId)
      if (!proofTypes.includes(upload.type)) {
        throw invalid('type', `must be what the task asks for: ${proofTypes.join(' or ')}`)
      }
      if (upload.type === 'video') throw invalid('type', 'must not be video: only pictures are taken')
      const image = readImage(bytes)
      if (!image) throw invalid('file', 'must be a JPEG or PNG image')
      if (image.width * image.height > PIXELS_MAX) {
        throw invalid('file', `must not have more than ${PIXELS_MAX} pixels`)
      }

      const { contentType } = image
      return files.keep(bytes, image.extension, (fileName) => {
        refuseEnded()
        return taskWork.submitProof(workerId, taskId, {
          ...upload,
          fileName,
          contentType,
          fileSizeBytes: bytes.byteLength,
        })
      })
    },
  }
}
