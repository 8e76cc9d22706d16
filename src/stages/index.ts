/** The one list of stage types. */
import type { StageTypes } from '../runner/index.ts';
import { arrays } from './arrays.ts';
import { calibrate } from './calibrate.ts';
import { command } from './command.ts';
import { decompose } from './decompose.ts';
import { download } from './download.ts';
import { evaluate } from './evaluate.ts';
import { exportStage } from './export.ts';
import { factorize } from './factorize.ts';
import { featurize } from './featurize.ts';
import { finetune } from './finetune.ts';
import { fit } from './fit.ts';
import { fold } from './fold.ts';
import { graft } from './graft.ts';
import { images } from './images.ts';
import { measure } from './measure.ts';
import { measureLayers } from './measure-layers.ts';
import { model } from './model.ts';
import { moments } from './moments.ts';
import { randomInputs } from './random-inputs.ts';
import { repair } from './repair.ts';
import { report } from './report.ts';
import { search } from './search.ts';
import { train } from './train.ts';
import { whiten } from './whiten.ts';

const all = [
  command,
  download,
  images,
  arrays,
  randomInputs,
  model,
  train,
  featurize,
  factorize,
  calibrate,
  moments,
  whiten,
  decompose,
  fit,
  repair,
  search,
  graft,
  fold,
  finetune,
  evaluate,
  measure,
  measureLayers,
  exportStage,
  report,
];

export const stageTypes: StageTypes = new Map(all.map((type) => [type.name, type]));
