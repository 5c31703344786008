/** What a worker can do, and a task may ask for (workfunder/README.md, "Tasks and bounties"). */
export const WORKER_SKILLS = [
  'photography',
  'data_collection',
  'mystery_shopping',
  'delivery',
  'inspection',
  'installation',
  'assembly',
  'cleaning',
  'driving',
  'spanish_speaking',
  'mandarin_speaking',
  'data_entry',
  'signage_placement',
  'flyer_distribution',
  'survey_taking',
  'retail_audit',
  'price_checking',
  'inventory_count',
  'window_display',
  'product_demo',
  'event_staffing',
  'notary',
  'signature_collection',
] as const

export type WorkerSkill = (typeof WORKER_SKILLS)[number]

/** @returns what a task asks for that a worker cannot do. */
export function missingSkills(skills: readonly string[], required: readonly string[]): string[] {
  return required.filter((skill) => !skills.includes(skill))
}

export function isWorkerSkill(text: string): text is WorkerSkill {
  return WORKER_SKILLS.some((skill) => skill === text)
}
