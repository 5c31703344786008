import { dataSetting } from '../config.ts'
import { type DataFolder, dataFolder } from '../data-folder/folder.ts'

/** What every admin command takes. */
export const adminArgs = {
  data: {
    type: 'string',
    valueHint: 'dir',
    description: 'The data folder (default: ./data)',
  },
  json: { type: 'boolean', description: 'Print one JSON value, for programs' },
} as const

/** What every command takes that prints a table. */
export const listArgs = {
  ...adminArgs,
  plain: { type: 'boolean', description: 'Print the rows tab-separated, without titles' },
} as const

export function folderOf({ data }: { data?: string }): DataFolder {
  return dataFolder(dataSetting({ data }))
}
