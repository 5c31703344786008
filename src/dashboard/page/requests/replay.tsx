import { useState } from 'preact/hooks'
import { go, to } from '../address.ts'
import { admin, Refusal } from '../operations.ts'
import { Form, useAct } from '../parts/action.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { Problem } from '../parts/shown.tsx'
import { toast } from '../parts/toast.tsx'
import { editOf, type ReplayEdit, textsOf } from './replay-edit.ts'

type Request = Awaited<ReturnType<typeof admin.requests.show>>

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']

/** Makes a request once more, as it was or changed; the new one opens. */
export function Replay({ request }: { request: Request }) {
  const act = useAct()
  const [isEdited, setEdited] = useState(false)
  return (
    <>
      <button
        type="button"
        class="plain"
        disabled={act.isBusy}
        onClick={() => act.run(() => replay(request.requestId))}
      >
        Replay
      </button>
      <button type="button" class="plain" onClick={() => setEdited(true)}>
        Edit and replay
      </button>
      <Problem of={act.refusal} />
      {isEdited && <EditDialog request={request} onClose={() => setEdited(false)} />}
    </>
  )
}

// --- internal ---

async function replay(id: string, edit?: ReplayEdit): Promise<void> {
  const { requestId, status } = await admin.exchanges.replay({ id, edit })
  toast(`Made once more: ${status === 0 ? 'its connection was cut' : `answered ${status}`}`)
  go(to('requests', requestId) + location.search)
}

function EditDialog({ request, onClose }: { request: Request; onClose: () => void }) {
  const act = useAct()
  const texts = textsOf(request)
  const methods = METHODS.includes(texts.method) ? METHODS : [texts.method, ...METHODS]
  async function send(form: FormData): Promise<void> {
    const text = (name: string) => String(form.get(name) ?? '')
    const changed = {
      path: text('path'),
      method: text('method'),
      headers: text('headers'),
      body: text('body'),
    }
    const edit = editOf(request, changed)
    if (edit === null)
      throw new Refusal('INVALID_INPUT', 'Headers must have the form Name: value, one a line')
    await replay(request.requestId, edit)
    onClose()
  }
  return (
    <Dialog title="Edit and replay" onClose={onClose}>
      <Form title="Edit and replay" does="Send" act={act} onSubmit={send}>
        <div class="line">
          <label>
            Method
            <select name="method">
              {methods.map((method) => (
                <option key={method} selected={method === texts.method}>
                  {method}
                </option>
              ))}
            </select>
          </label>
          <label class="grows">
            Path
            <input name="path" defaultValue={texts.path} autocomplete="off" spellcheck={false} />
          </label>
        </div>
        <label>
          Headers, one a line
          <textarea name="headers" rows={4} defaultValue={texts.headers} spellcheck={false} />
        </label>
        <label>
          Body
          <textarea name="body" rows={8} defaultValue={texts.body} spellcheck={false} />
        </label>
        <small>
          It comes with the key that it came with, unless a header brings another. A GET has no body.
        </small>
      </Form>
    </Dialog>
  )
}
