/** Why a step or a run failed. @param step the one that failed, where that is not plain */
export function StepError({ of, step }: { of: { code: string; message: string }; step?: string }) {
  return (
    <p class="problem">
      {step && <b>{step}: </b>}
      {of.message} <code>{of.code}</code>
    </p>
  )
}
