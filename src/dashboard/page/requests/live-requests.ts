import { useEffect, useRef, useState } from 'preact/hooks'
import { admin, type Refusal } from '../operations.ts'
import { refusalOf } from '../parts/loaded.ts'

/** A request in the list. */
export type Row = Awaited<ReturnType<typeof admin.requests.list>>[number]

/** Which requests; as `requests.follow` takes them. */
export type RequestQuery = { key?: string; status?: string; path?: string; accountId?: string }

export type LiveRequests = {
  /** The newest first. */
  rows: readonly Row[]
  isPaused: boolean
  /** How many came since it was paused. */
  waiting: number
  connection: 'opening' | 'open' | 'lost'
  /** Why nothing can be followed, such as a filter that cannot be read. */
  refusal: Refusal | null
  togglePause: () => void
}

/** As many as the server sends first (routes.ts), so that none is missing after a connection was lost. */
const KEPT = 500

/** What comes is gathered for so many ms: a busy server would else have the page do nothing but draw. */
const GATHERED_MS = 100

const AGAIN_MS = 2000

/** The server says that it is there every 10 s (event-stream.ts); a connection that is silent for longer is dead. */
const SILENT_MS = 25_000

/** The requests as they are answered. What was seen already stays over a lost connection. */
export function useLiveRequests(query: RequestQuery): LiveRequests {
  const address = addressOf(query)
  const [shown, setShown] = useState(NOTHING)
  const [isPaused, setPaused] = useState(false)
  const list = useRef<RequestList>(createList())

  function show(): void {
    setShown((before) => ({ ...before, ...list.current.look() }))
  }

  useEffect(() => {
    const mine = createList()
    list.current = mine
    setPaused(false)
    setShown(NOTHING)
    let gathering: ReturnType<typeof setTimeout> | undefined
    const stop = follow(address, query, {
      came(row) {
        mine.add(row)
        gathering ??= setTimeout(() => {
          gathering = undefined
          show()
        }, GATHERED_MS)
      },
      changed: (connection, refusal) => setShown((before) => ({ ...before, connection, refusal })),
    })
    return () => {
      clearTimeout(gathering)
      stop()
    }
  }, [address])

  function togglePause(): void {
    list.current.setPaused(!isPaused)
    setPaused(!isPaused)
    show()
  }
  return { ...shown, isPaused, togglePause }
}

/** Two requests may have the same id: the client names them. */
export function identityOf({ requestId, at, durationMs }: Row): string {
  return `${requestId} ${at} ${durationMs}`
}

// --- internal ---

type Shown = Pick<LiveRequests, 'rows' | 'waiting' | 'connection' | 'refusal'>

const NOTHING: Shown = { rows: [], waiting: 0, connection: 'opening', refusal: null }

type RequestList = ReturnType<typeof createList>

/** What has come, and how much of it is looked at. */
function createList() {
  let rows: readonly Row[] = []
  let coming: Row[] = []
  let waiting = 0
  let isPaused = false
  const known = new Set<string>()

  return {
    add(row: Row): void {
      const identity = identityOf(row)
      if (known.has(identity)) return
      known.add(identity)
      coming.push(row)
      waiting += 1
      if (coming.length > KEPT) coming = coming.slice(-KEPT)
    },
    setPaused(isSo: boolean): void {
      isPaused = isSo
    },
    look(): { rows: readonly Row[]; waiting: number } {
      if (isPaused) return { rows, waiting }
      rows = [...coming.reverse(), ...rows].slice(0, KEPT)
      coming = []
      waiting = 0
      known.clear()
      for (const row of rows) known.add(identityOf(row))
      return { rows, waiting }
    },
  }
}

type Listener = {
  came: (row: Row) => void
  changed: (connection: LiveRequests['connection'], refusal: Refusal | null) => void
}

/**
 * Follows for as long as the page is seen: a browser has few connections to one server, and a page that nobody sees shall not
 * hold one of them.
 */
function follow(address: string, query: RequestQuery, { came, changed }: Listener): () => void {
  let source: EventSource | undefined
  let again: ReturnType<typeof setTimeout> | undefined
  let silent: ReturnType<typeof setTimeout> | undefined

  function heard(): void {
    clearTimeout(silent)
    silent = setTimeout(() => {
      changed('lost', null)
      stop()
      start()
    }, SILENT_MS)
  }

  function start(): void {
    const opened = new EventSource(address)
    source = opened
    heard()
    opened.onopen = () => changed('open', null)
    opened.addEventListener('here', heard)
    opened.onmessage = ({ data }) => {
      heard()
      came(JSON.parse(data))
    }
    opened.onerror = async () => {
      changed('lost', null)
      // Else it asks again by itself.
      if (opened.readyState !== EventSource.CLOSED) return
      const refusal = await whyNot(query)
      if (source !== opened) return
      changed('lost', refusal)
      if (refusal === null) again = setTimeout(start, AGAIN_MS)
    }
  }

  function stop(): void {
    source?.close()
    source = undefined
    clearTimeout(again)
    clearTimeout(silent)
  }

  function seen(): void {
    stop()
    if (!document.hidden) start()
  }

  document.addEventListener('visibilitychange', seen)
  seen()
  return () => {
    document.removeEventListener('visibilitychange', seen)
    stop()
  }
}

/** The browser does not tell. @returns what is wrong with the question itself; null: nothing, so it may be asked again */
async function whyNot(query: RequestQuery): Promise<Refusal | null> {
  try {
    await admin.requests.list({ ...query, limit: 1 })
    return null
  } catch (error) {
    const refusal = refusalOf(error)
    return refusal.code === 'INVALID_INPUT' || refusal.code === 'NOT_FOUND' ? refusal : null
  }
}

function addressOf(query: RequestQuery): string {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, value)
  return `/dashboard/follow?${search}`
}
