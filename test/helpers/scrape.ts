/** What Prometheus would take from GET /metrics: each series, as it is written, and its value. */
export type Scraped = { text: string; series: Map<string, number> }

/** @param url where the metrics are */
export async function scrape(url: string): Promise<Scraped> {
  const response = await fetch(url)
  const text = await response.text()
  if (response.status !== 200) throw new Error(`${response.status} ${text}`)
  return { text, series: seriesOf(text) }
}

/** The values of a family's series that have these labels, added up. */
export function sumOf({ series }: Scraped, name: string, labels: Record<string, string> = {}): number {
  const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`)
  let sum = 0
  for (const [written, value] of series) {
    const isOfName = written === name || written.startsWith(`${name}{`)
    if (isOfName && wanted.every((pair) => written.includes(pair))) sum += value
  }
  return sum
}

// --- internal ---

/** @throws on a line that is neither a comment nor a series with its value, and on a series that is there twice. */
function seriesOf(text: string): Map<string, number> {
  const series = new Map<string, number>()
  for (const line of text.trimEnd().split('\n')) {
    if (line.startsWith('# ')) continue
    const [, written = '', value = ''] =
      /^(\w+(?:\{\w+="[^"]*"(?:,\w+="[^"]*")*\})?) (\d[\d.e+-]*)$/.exec(line) ?? []
    if (written === '' || series.has(written)) throw new Error(`not a series, or a second time: ${line}`)
    series.set(written, Number(value))
  }
  return series
}
