/** The details of one stage for the side panel. Runs nothing. */
import {
  type Event,
  type Explanation,
  explain,
  formatPlace,
  isNumber,
  madeBy,
  type Prepared,
  readArtifact,
  readMetrics,
  type Sentence,
  type Stage,
  type StageId,
  sentencesOfReasons,
} from '../../runner/index.ts';
import type { StageDetail, StageInput, StageOutput } from '../answers.ts';
import { type Board, takersOf } from './board.ts';
import { withReported } from './reported-plan.ts';

/** Further files are only counted. */
const MOST_FILES = 500;

export function detailOf(
  stage: Stage,
  planned: Prepared,
  board: Board,
  readEvents: (run: string) => readonly Event[],
): StageDetail {
  const found = board.reported(stage.id);
  const reported = found?.story.live ? found.reported : undefined;
  const prepared = withReported(planned, board, [stage.id]);
  const { plan, planContext } = prepared;
  const decision = plan.decisions.get(stage.id)!;
  const newest = planContext.latest.get(stage.id);
  const stale = decision.kind !== 'hit';
  const outputs = decision.kind === 'hit' ? decision.outputs : (newest?.outputs ?? {});
  const { sentences, key, fingerprint, made } = explain(stage, prepared, readEvents);
  const record = newest && stale ? planContext.actions.get(newest.key) : undefined;
  const last = made ?? (record && madeBy(record));
  const takers = takersOf(plan.pipeline.stages).get(stage.id) ?? [];
  return {
    id: stage.id,
    type: stage.type.name,
    description: stage.type.description,
    state: board.cell(stage.id).state,
    stale,
    reasons: firstOf(
      reported?.reasons ? sentencesOfReasons(reported.reasons, planContext.store) : sentences,
    ),
    parameters: stage.parameters,
    inputs: inputsOf(stage),
    takenBy: takers,
    outputs: Object.entries(outputs).map(([port, artifact]): StageOutput => {
      const files = readArtifact(artifact, planContext.store)?.files ?? [];
      return {
        port,
        kind: stage.outputs[port] ?? '',
        artifact,
        files: files.slice(0, MOST_FILES).map(({ path, size }) => ({ path, size })),
        count: files.length,
        bytes: files.reduce((sum, file) => sum + file.size, 0),
      };
    }),
    // Texts of a row are shown among the parameters.
    metrics: readMetrics(stage, outputs, planContext.store).map(({ row, values }) => ({
      ...(row !== undefined && { row }),
      values: Object.fromEntries(Object.entries(values).filter(([, value]) => isNumber(value))),
    })),
    ...((reported?.key ?? key) && { key: reported?.key ?? key }),
    environment: fingerprint?.environment ?? {},
    ...(fingerprint && {
      code: {
        digest: fingerprint.code.digest,
        files: Object.keys(fingerprint.code.files).length,
        packages: Object.keys(fingerprint.code.packages).length,
      },
    }),
    ...(last && { made: madeOf(last, readEvents(last.run)) }),
    place: formatPlace(stage.span),
  };
}

function madeOf(
  made: NonNullable<Explanation['made']>,
  events: readonly Event[],
): NonNullable<StageDetail['made']> {
  const started = events.find((event) => event.type === 'run-started');
  return { ...made, ...(started?.origin && { origin: started.origin }) };
}

/** A stage with thousands of dependencies has a reason for each. */
const MOST_REASONS = 20;

function firstOf(reasons: readonly Sentence[]): readonly Sentence[] {
  const more = reasons.length - MOST_REASONS;
  return more > 0 ? [...reasons.slice(0, MOST_REASONS), { text: `and ${more} more` }] : reasons;
}

function inputsOf({ inputs, files }: Stage): StageInput[] {
  const given = [...inputs].filter(([, references]) => references.length > 0);
  const stages = given.map(([port, references]) => ({
    port,
    stages: [...new Set(references.map((one): StageId => one.stage))],
  }));
  const read = [...files].map(([port, { path }]) => ({ port, stages: [], file: path }));
  return [...stages, ...read];
}
