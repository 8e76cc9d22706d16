/**
 * A multilayer perceptron: the pixels, flattened, through dense layers with a ReLU behind each but the
 * last. All of it is the classifier part; there are no features.
 *
 * Names are those of a PyTorch `Sequential` behind a flatten: classifier.0, classifier.2, ... without
 * dropout, classifier.0, classifier.3, ... with it.
 */
import type { Layer, ModelDescription } from './description.ts';

export interface MlpOptions {
  /** Height, width, channels. */
  readonly input: readonly [number, number, number];
  readonly classes: number;
  /** Units of each hidden layer; none of them makes a linear model. */
  readonly layers: readonly number[];
  /** Behind each hidden layer; default 0, which is no dropout layer. */
  readonly dropout?: number;
}

export function mlp({ input, classes, layers, dropout = 0 }: MlpOptions): ModelDescription {
  const modules: Layer[] = [];
  let width = input[0] * input[1] * input[2];
  const dense = (out: number): Layer => {
    const name = `classifier.${modules.length}`;
    return { kind: 'dense', name, in: width, out, bias: true };
  };
  for (const units of layers) {
    modules.push(dense(units), { kind: 'relu' });
    if (dropout > 0) modules.push({ kind: 'dropout', rate: dropout });
    width = units;
  }
  modules.push(dense(classes));
  return { input, classes, features: [], classifier: [{ kind: 'flatten' }, ...modules] };
}
