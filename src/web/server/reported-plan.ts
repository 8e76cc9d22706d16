/** The plan with the outputs that live runs have made since it was made. */
import type { Decision, Prepared, StageId } from '../../runner/index.ts';
import type { Board } from './board.ts';

export function withReported(prepared: Prepared, board: Board, ids: readonly StageId[]): Prepared {
  const made = ids.flatMap((id) => {
    const found = board.reported(id);
    const { key, outputs } = found?.story.live ? found.reported : {};
    const hit: Decision | undefined = key && outputs && { kind: 'hit', key, outputs };
    return hit ? [[id, hit] as const] : [];
  });
  if (made.length === 0) return prepared;
  const decisions = new Map([...prepared.plan.decisions, ...made]);
  return { ...prepared, plan: { ...prepared.plan, decisions } };
}
