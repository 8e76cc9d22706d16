/** A trained network with the second moments of its inputs. */
import type { EvaluationRow } from '../../src/nn/evaluation-row.ts';
import type { ModelDescription } from '../../src/nn/model/description.ts';
import type { LayerRow } from '../../src/nn/model/history.ts';
import { type Folder, json, Workbench, writeDigits } from './workbench.ts';

export const network = { architecture: 'mlp', layers: [48, 32, 24], size: 28 };

export const training = { epochs: 4, batch: 10, learningRate: 3e-3, validation: 20 };

export const images = { images: 150, heldOut: 40 };

export interface Stored {
  readonly description: ModelDescription;
  readonly history: {
    readonly compression: {
      readonly method: string;
      readonly label: string;
      readonly layers: readonly LayerRow[];
    };
  };
}

export const compressionOf = (folder: Folder) =>
  json<Stored>(folder, 'model.json').history.compression;

export class MomentsBench extends Workbench {
  data!: Folder;
  model!: Folder;
  factors!: Folder;
  moments!: Folder;

  async begin(): Promise<this> {
    const data = writeDigits(this.folder(), 300, 60);
    const parameters = { network, ...training };
    const model = (await this.run('train', { parameters, inputs: { data } })).model!;
    const factors = (await this.run('factorize', { inputs: { model } })).factors!;
    const inputs = { model, data };
    const moments = (await this.run('moments', { parameters: images, inputs })).moments!;
    return Object.assign(this, { data, model, factors, moments });
  }

  async fitted(parameters: object, more: object = {}): Promise<Folder> {
    const { model, factors, moments } = this;
    const inputs = { model, factors, moments, ...more };
    return (await this.run('fit', { parameters, inputs })).model!;
  }

  async decompose(parameters: object): Promise<Folder> {
    const { model, factors } = this;
    return (await this.run('decompose', { parameters, inputs: { model, factors } })).model!;
  }

  async scoreOf(source: Folder): Promise<EvaluationRow> {
    const { scores } = await this.run('evaluate', {
      inputs: { models: [source], data: this.data },
    });
    return json<EvaluationRow[]>(scores!, 'rows.json')[0]!;
  }
}
