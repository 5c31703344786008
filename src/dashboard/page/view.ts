/** What every view is given: what the address names behind it, such as a key's id. */
export type ViewProps = { id: string | undefined }
