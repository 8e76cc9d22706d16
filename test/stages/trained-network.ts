/** A small trained network with its factors, activations and scores. */
import type { EvaluationRow } from '../../src/nn/evaluation-row.ts';
import { type Folder, json, Workbench, writeDigits } from './workbench.ts';

export const network = { width: 1 / 32, hidden: 32, pool: 7 };

export const training = { epochs: 12, batch: 10, learningRate: 3e-3, decay: 0.95, validation: 40 };

const tuning = { epochs: 1, batch: 20, learningRate: 1e-3 };

export class TrainedNetwork extends Workbench {
  data!: Folder;
  model!: Folder;
  factors!: Folder;
  activations!: Folder;
  baseline!: Folder;

  async begin(): Promise<this> {
    const data = writeDigits(this.folder(), 240, 60);
    const parameters = { network, ...training };
    const model = (await this.run('train', { parameters, inputs: { data } })).model!;
    const schemes = ['channel', 'spatial', 'input'];
    const factorized = await this.run('factorize', { parameters: { schemes }, inputs: { model } });
    const activations = (await this.run('featurize', { inputs: { model, data } })).activations!;
    const baseline = (await this.run('evaluate', { inputs: { models: [model], data } })).scores!;
    return Object.assign(this, {
      data,
      model,
      factors: factorized.factors!,
      activations,
      baseline,
    });
  }

  async decompose(parameters: object, more: Record<string, Folder> = {}): Promise<Folder> {
    const { model, factors } = this;
    const inputs = { model, factors, ...more };
    return (await this.run('decompose', { parameters, inputs })).model!;
  }

  async finetune(source: Folder, parameters: object): Promise<Folder> {
    const { data, activations } = this;
    const inputs = { model: source, data, activations };
    const given = { parameters: { ...tuning, ...parameters }, inputs };
    return (await this.run('finetune', given)).model!;
  }

  async rowOf(source: Folder): Promise<EvaluationRow> {
    const { data, activations, baseline: reference } = this;
    const inputs = { models: [source], data, activations, reference };
    const { scores } = await this.run('evaluate', { inputs });
    return json<EvaluationRow[]>(scores!, 'rows.json')[0]!;
  }
}
