/** Whether a promise was rejected because of the signal. Another error is a failure or a bug, also after an abort. */
export function isStop(problem: unknown, { aborted, reason }: AbortSignal): boolean {
  return aborted && (problem === reason || (problem as Error | undefined)?.name === 'AbortError');
}
