/** The curves of the trainings: the means of each epoch. */

import { type CurvePoint, epochsOf, valueAt } from '../../base/curve.ts';
import type { CurveRow } from '../results.ts';
import type { Study } from '../study.ts';
import { number, type Table, tableOf, text } from './table.ts';

interface Epoch {
  readonly curve: CurveRow;
  readonly point: CurvePoint;
}

export function trainingTable({ dataset, model, curves }: Study): Table {
  const epochs = curves.flatMap((curve) =>
    epochsOf(curve.points).map((point): Epoch => ({ curve, point })),
  );
  const value = (name: string) => (epoch: Epoch) => valueAt(epoch.point, name) ?? null;
  return tableOf('training', `Trainings by epoch: ${model} on ${dataset}`, epochs, [
    text('method', 'Method', ({ curve }) => curve.label ?? ''),
    number('rate', 'CR', 'rate', ({ curve }) => curve.rate),
    text('tuned', 'Trained further', ({ curve }) => curve.tuned ?? ''),
    number('training_seed', 'Training', 'rate', ({ curve }) => curve.trainingSeed),
    number('seed', 'Seed', 'rate', ({ curve }) => curve.seed),
    number('epoch', 'Epoch', 'rate', ({ point }) => point.epoch ?? null),
    number('step', 'Step', 'count', ({ point }) => point.step),
    number('train_loss', 'Loss', 'error', value('loss')),
    number('train_share', 'Correct', 'percent', value('accuracy')),
    number('held_out_loss', 'Loss, held out', 'error', value('validation_loss')),
    number('held_out_share', 'Correct, held out', 'percent', value('validation_accuracy')),
  ]);
}
