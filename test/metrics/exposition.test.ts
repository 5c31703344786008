import { expect, test } from 'bun:test'
import { exposition } from '../../src/metrics/exposition.ts'

test('a family is its help, its type and its series; what ends a label or a line is escaped; none is empty', () => {
  const text = exposition([
    {
      name: 'a_total',
      help: 'All of them.',
      type: 'counter',
      samples: [{ value: 1 }, { labels: { x: 'a "b"\\\n', y: '' }, value: 0.5 }],
    },
    { name: 'b', help: 'None.', type: 'gauge', samples: [] },
  ])
  expect(text).toBe(
    '# HELP a_total All of them.\n# TYPE a_total counter\na_total 1\na_total{x="a \\"b\\"\\\\\\n",y=""} 0.5\n',
  )
})
