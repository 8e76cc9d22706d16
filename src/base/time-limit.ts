/** Time limits for answers. A process that was busy does not take its own delay for silence. */

const STEPS = 10;

/**
 * Calls `onEnd` after `ms`, unless the returned function is called before. The limit starts again when
 * the value of `progress` changes.
 *
 * Timers alone would be wrong: if the event loop was blocked, they are due before what arrived
 * meanwhile is handled. So the limit is counted in steps. Each one ends after a turn of the loop, and
 * however long the loop was blocked, that is one step.
 */
export function timeLimit(
  ms: number,
  onEnd: () => void,
  progress: () => unknown = () => undefined,
): () => void {
  let [steps, before] = [0, progress()];
  let timer: NodeJS.Timeout;
  let turn: NodeJS.Immediate | undefined;
  const next = (): void => {
    timer = setTimeout(() => {
      turn = setImmediate(step);
    }, ms / STEPS);
  };
  const step = (): void => {
    const now = progress();
    if (now === before) steps++;
    else [steps, before] = [0, now];
    if (steps < STEPS) next();
    else onEnd();
  };
  next();
  return () => {
    clearTimeout(timer);
    clearImmediate(turn);
  };
}
