import type { JSX } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { Refusal } from '../operations.ts'
import { refusalOf } from './loaded.ts'
import { Problem } from './shown.tsx'
import { type Column, TableHead, TableRows } from './table-rows.tsx'

type Props<Row> = {
  label: string
  columns: readonly Column<Row>[]
  /** One page: the rows after this one, or the first. A short page is the last. */
  load: (after: Row | undefined) => Promise<readonly Row[]>
  pageSize: number
  /** The list begins anew when one of these changes. */
  on: readonly unknown[]
  keyOf: (row: Row) => string
  /** What stands there where there is no row. */
  empty: JSX.Element
}

/** How far beyond the window pages are kept as they are. */
const NEAR = '800px'

/**
 * A list that is read page by page as it is scrolled. What is far from the window is an empty place of the same height, so ten
 * thousand rows scroll as a hundred do.
 */
export function PagedTable<Row>({ label, columns, load, pageSize, on, keyOf, empty }: Props<Row>) {
  const [{ pages, isAll, refusal }, setShown] = useState<Shown<Row>>(NOTHING)
  // What the view shows comes a moment later, and may be of the list before: what is read next goes by this.
  const list = useRef<List<Row>>(newList())
  const end = useRef<HTMLDivElement>(null)

  async function more(): Promise<void> {
    const mine = list.current
    if (mine.isLoading || mine.isAll) return
    mine.isLoading = true
    try {
      const page = await load(mine.pages.at(-1)?.at(-1))
      if (page.length > 0) mine.pages = [...mine.pages, page]
      mine.isAll = page.length < pageSize
      if (mine === list.current) setShown({ pages: mine.pages, isAll: mine.isAll, refusal: null })
    } catch (error) {
      if (mine === list.current) setShown((before) => ({ ...before, refusal: refusalOf(error) }))
    }
    mine.isLoading = false
  }

  useEffect(() => {
    list.current = newList()
    setShown((before) => ({ ...before, isAll: false }))
    void more()
  }, on)
  useNear(end, (isNear) => void (isNear && more()), [pages, isAll])

  if (refusal && pages.length === 0) return <Problem of={refusal} />
  if (pages.length === 0) return isAll ? empty : <p class="waiting">Loading …</p>
  return (
    <>
      <div class="scroller">
        <table aria-label={label}>
          <TableHead columns={columns} />
          {pages.map((rows, index) => (
            <Page key={index} rows={rows} columns={columns} keyOf={keyOf} />
          ))}
        </table>
      </div>
      <Problem of={refusal} />
      <div ref={end} />
    </>
  )
}

// --- internal ---

type Shown<Row> = { pages: readonly (readonly Row[])[]; isAll: boolean; refusal: Refusal | null }

const NOTHING = { pages: [], isAll: false, refusal: null }

/** A list as far as it was read: another one begins where its filter is another. */
type List<Row> = { pages: readonly (readonly Row[])[]; isAll: boolean; isLoading: boolean }

function newList<Row>(): List<Row> {
  return { pages: [], isAll: false, isLoading: false }
}

function Page<Row>({
  rows,
  columns,
  keyOf,
}: Pick<Props<Row>, 'columns' | 'keyOf'> & { rows: readonly Row[] }) {
  const body = useRef<HTMLTableSectionElement>(null)
  const [height, setHeight] = useState<number | null>(null)
  useNear(body, (isNear) => setHeight(isNear ? null : (body.current?.offsetHeight ?? null)), [])
  return (
    <tbody ref={body}>
      {height !== null ? (
        <tr style={{ height: `${height}px` }}>
          <td colSpan={columns.length} />
        </tr>
      ) : (
        <TableRows columns={columns} rows={rows} keyOf={keyOf} />
      )}
    </tbody>
  )
}

/** Tells when something comes near the window, and when it is far again. */
function useNear(
  element: { current: Element | null },
  tell: (isNear: boolean) => void,
  on: readonly unknown[],
): void {
  useEffect(() => {
    if (!element.current) return
    const observer = new IntersectionObserver(([entry]) => entry && tell(entry.isIntersecting), {
      rootMargin: NEAR,
    })
    observer.observe(element.current)
    return () => observer.disconnect()
  }, on)
}
