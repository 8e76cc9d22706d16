/**
 * A multilayer perceptron: the flattened pixels through dense layers, with a ReLU after each layer except the last. All
 * of it is the classifier part; there are no features.
 *
 * Names are those of a PyTorch `Sequential` after a flatten: classifier.0, classifier.2, ... without
 * dropout, classifier.0, classifier.3, ... with it.
 */
import type { Layer, ModelDescription } from './description.ts';

export interface MlpOptions {
  /** Height, width, channels. */
  readonly input: readonly [number, number, number];
  readonly classes: number;
  /** Units of each hidden layer. An empty list makes a linear model. */
  readonly layers: readonly number[];
  /** After each hidden layer. The default is 0, which means no dropout layer. */
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
