import type { KeyView } from '../../../admin/key-view.ts'

/** Which API a key is for, and in which of its environments. */
export function apiWords({ api, environment }: Pick<KeyView, 'api' | 'environment'>): string {
  return api === 'workflows' ? 'Workflows' : `WorkFunder ${environment}`
}
