/** Combines messages of the server into the states of the stages, as the page does. */
import type { PipelineMessage, ServerMessage, StageState } from '../../src/web/messages.ts';

export type {
  ComparisonAnswer,
  LogPiece,
  RunsAnswer,
  StageDetail,
} from '../../src/web/answers.ts';
export type { PipelineMessage, RunMessage, ServerMessage } from '../../src/web/messages.ts';

export type StagesByState = Readonly<Record<string, StageState>>;

export interface ShownStage {
  readonly state: StageState;
  readonly message: string | undefined;
}

export function stagesOf(messages: readonly ServerMessage[]): ReadonlyMap<string, ShownStage> {
  let stages: PipelineMessage['stages'] = [];
  const shown = new Map<string, ShownStage>();
  for (const message of messages) {
    if (message.type === 'pipeline') {
      stages = message.stages;
      for (const { id, state, doing } of stages) shown.set(id, { state, message: doing?.message });
    } else if (message.type === 'states') {
      for (const [place, state, doing] of message.changes) {
        shown.set(stages[place]!.id, { state, message: doing?.message });
      }
    }
  }
  return shown;
}

export function statesOf(messages: readonly ServerMessage[]): StagesByState {
  return Object.fromEntries([...stagesOf(messages)].map(([id, { state }]) => [id, state]));
}
