/** Every stage type after the download, one after the other, on a small real data set. */
import type { EvaluationRow } from '../../src/nn/evaluation-row.ts';
import type { ModelDescription } from '../../src/nn/model/description.ts';
import type { ModelHistory } from '../../src/nn/model/history.ts';
import { type Folder, json, Workbench, writeDigits } from './workbench.ts';

export const network = { width: 1 / 64, hidden: 32, pool: 7 };

export const training = { epochs: 20, batch: 10, learningRate: 3e-3, decay: 0.95 };

export const finetuning = { epochs: 2, batch: 20, learningRate: 1e-3, limit: 150 };

export const modelFiles = ['classifier.safetensors', 'features.safetensors', 'model.json'];

export const testImages = 50;

export class ChainBench extends Workbench {
  data!: Folder;
  model!: Folder;
  curve!: Folder;
  factors!: Folder;
  activations!: Folder;
  baseline!: Folder;

  /** Every stage once. */
  async begin(): Promise<this> {
    this.data = writeDigits(this.folder(), 200, testImages);
    Object.assign(this, await this.train({ ...training }));
    Object.assign(this, await this.factorize());
    Object.assign(this, await this.featurize());
    const { model, activations } = this;
    this.baseline = (await this.evaluate({ models: [model], activations })).scores;
    return this;
  }

  async train(parameters: object, more: object = {}) {
    const { data } = this;
    const given = { parameters: { network, ...parameters }, inputs: { data }, ...more };
    return (await this.run('train', given)) as { model: Folder; curve: Folder };
  }

  async factorize() {
    const { model } = this;
    return (await this.run('factorize', { inputs: { model } })) as { factors: Folder };
  }

  async featurize(parameters: object = {}) {
    const { model, data } = this;
    const given = { parameters, inputs: { model, data } };
    return (await this.run('featurize', given)) as { activations: Folder };
  }

  async decompose(method: string, rate: number, seed = 0) {
    const { model, factors } = this;
    const given = { parameters: { method, rate, seed }, inputs: { model, factors } };
    return (await this.run('decompose', given)).model!;
  }

  async finetune(source: Folder, parameters: object = {}, more: object = {}) {
    const { data, activations } = this;
    const inputs = { model: source, data, activations };
    const given = { parameters: { ...finetuning, ...parameters }, inputs, ...more };
    return (await this.run('finetune', given)).model!;
  }

  async evaluate(inputs: Record<string, Folder | readonly Folder[]>) {
    const { data } = this;
    return (await this.run('evaluate', { inputs: { data, ...inputs } })) as { scores: Folder };
  }

  async rowsOf(...models: readonly Folder[]): Promise<readonly EvaluationRow[]> {
    const { activations, baseline: reference } = this;
    const { scores } = await this.evaluate({ models, activations, reference });
    return json(scores, 'rows.json');
  }
}

export function descriptionOf(folder: Folder) {
  return json<{ description: ModelDescription; history: ModelHistory }>(folder, 'model.json');
}
