import { Type as t } from '@sinclair/typebox'

/** Ten for each step, which is more than a person can draw. */
const EDGES_MAX = 5000

/** What Studio saves (workflows/README.md, "Canvas"): the parts that we read; the rest is kept as it is. */
export const canvasSchema = t.Object(
  {
    blocks: t.Optional(
      t.Record(
        t.String(),
        t.Object({
          type: t.Optional(t.String()),
          enabled: t.Optional(t.Boolean()),
          data: t.Optional(
            t.Object({
              parentId: t.Optional(t.Union([t.String(), t.Null()], { expected: 'a string, or null' })),
            }),
          ),
        }),
        { expected: 'an object' },
      ),
    ),
    edges: t.Optional(
      t.Array(
        t.Object({
          id: t.Optional(t.String()),
          source: t.String(),
          target: t.String(),
          sourceHandle: t.Optional(t.Union([t.String(), t.Null()], { expected: 'a string, or null' })),
        }),
        { maxItems: EDGES_MAX },
      ),
    ),
    loops: t.Optional(t.Record(t.String(), t.Object({ nodes: ids() }), { expected: 'an object' })),
    parallels: t.Optional(t.Record(t.String(), t.Object({ nodes: ids() }), { expected: 'an object' })),
  },
  { $id: 'CanvasState' },
)

// --- internal ---

function ids() {
  return t.Optional(
    t.Array(t.String({ expected: 'the id of a step' }), { expected: 'a list of the ids of steps' }),
  )
}
