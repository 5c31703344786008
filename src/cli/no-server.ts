import type { DataFolder } from '../data-folder/folder.ts'
import { AppError } from '../errors.ts'

/** No server answers on the data folder, where only a running one can do it: the exit code is 3. */
export class NoServer extends AppError {
  constructor({ path }: DataFolder) {
    super('NOT_FOUND', `no server answers on the data folder ${path}`)
    this.name = 'NoServer'
  }
}
