import { Database } from 'bun:sqlite'
import { NAMESPACE, STATEMENTS, type StoredRecord, toRecord } from './own-operations.ts'

/** Reads what the steps of small runs left at once, beside the thread of the engine. */
export type RecordReader = {
  /**
   * @returns in the order in which they began; null where they are many or large, or cannot be read at once: whoever asks
   * goes by way of the thread, which tells of what is wrong.
   */
  smallRecords(engineRunId: string): StoredRecord[] | null
  /** @returns the same number as before where nobody has written to the file since; null where that cannot be read at once. */
  version(): number | null
  close(): void
}

/** Together a millisecond or two of work, nearly always far less than the way to the thread and back. */
const RECORDS_MAX = 64
const OUTPUT_BYTES_MAX = 8 * 1024
const BYTES_MAX = 128 * 1024

/**
 * A connection of this thread's own that only reads, and waits for no lock: in a WAL nobody's writes hold it up. By bun:sqlite
 * as that of the thread (thread.ts says why).
 * @param path of a file that the thread has opened
 */
export function openRecordReader(path: string): RecordReader {
  try {
    return readerOn(path)
  } catch {
    // Whatever is wrong: the thread meets it too, or does without us.
    return { smallRecords: () => null, version: () => null, close: () => undefined }
  }
}

// --- internal ---

type Row = { rowid: number; name: string; status: string; output: string | null; bytes: number | null }

function readerOn(path: string): RecordReader {
  const db = new Database(path, { readonly: true })
  db.run('pragma busy_timeout = 0')
  const select = db.query<Row, [number, string, string, number]>(STATEMENTS.smallRecords)
  // Of what others have committed, and this connection commits nothing (sqlite.org/pragma.html#pragma_data_version).
  const version = db.query<{ data_version: number }, []>('pragma data_version')

  function rowsOf(engineRunId: string): Row[] {
    return select.all(OUTPUT_BYTES_MAX, NAMESPACE, engineRunId, RECORDS_MAX + 1)
  }

  // Now, when there are files: its WAL is opened with the first row that is looked for.
  rowsOf('')
  return {
    smallRecords(engineRunId) {
      try {
        const rows = rowsOf(engineRunId)
        if (rows.length > RECORDS_MAX || rows.some(isLeftOut) || bytesOf(rows) > BYTES_MAX) return null
        return rows.sort((a, b) => a.rowid - b.rowid).map(toRecord)
      } catch {
        return null
      }
    },
    version() {
      try {
        return version.get()?.data_version ?? null
      } catch {
        return null
      }
    },
    close: () => db.close(),
  }
}

function bytesOf(rows: readonly Row[]): number {
  return rows.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0)
}

function isLeftOut({ output, bytes }: Row): boolean {
  return output === null && bytes !== null
}
