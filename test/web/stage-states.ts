/** Combines messages of the server into the states of the stages, as the page does. */
import type { PipelineMessage, ServerMessage, StageState } from '../../src/web/messages.ts';

export type {
  ComparisonAnswer,
  LogPiece,
  PipelineMessage,
  RunMessage,
  RunsAnswer,
  ServerMessage,
  StageDetail,
} from '../../src/web/messages.ts';

export type StagesByState = Readonly<Record<string, StageState>>;

export function statesOf(messages: readonly ServerMessage[]): StagesByState {
  let stages: PipelineMessage['stages'] = [];
  const states: Record<string, StageState> = {};
  for (const message of messages) {
    if (message.type === 'pipeline') {
      stages = message.stages;
      for (const { id, state } of stages) states[id] = state;
    } else if (message.type === 'states') {
      for (const [place, state] of message.changes) states[stages[place]!.id] = state;
    }
  }
  return states;
}
