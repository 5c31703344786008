import type { Actor } from '../audit/actor.ts'
import type { Rotation } from '../data-folder/rotation.ts'

/** What is done with secret.key. */
export type SecretKey = {
  isLost(): boolean
  accept(actor: Actor): boolean
  rotate(actor: Actor): Promise<Rotation>
}

export function createSecretOperations(secret: SecretKey, actor: Actor) {
  return {
    /** Whether the secret.key that the data was made with is lost, and nobody has accepted that. */
    status: async () => ({ isLost: secret.isLost() }),

    /** @returns whether there was a loss to accept. */
    accept: async () => ({ accepted: secret.accept(actor) }),

    /** Makes a new secret.key; keys go on working, each proved by bcrypt once more. @throws as `createRotation` says */
    rotate: async () => secret.rotate(actor),
  }
}
