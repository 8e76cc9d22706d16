/**
 * Top-1 and top-5 accuracy, loss, and predicted classes, added up batch by batch from one row of class scores for each
 * sample. The lower class wins a tie.
 *
 * The scores are logits or probabilities. They are probabilities if all rows are from 0 to 1 and add up to 1, which is
 * known at the end, so the loss is added up for both.
 */
import { ExpectedError } from '../../base/expected-error.ts';
import { type ClassIndices, classIndices } from '../../datasets/model-samples.ts';

export interface ClassScores {
  /** The predicted class of each sample. */
  readonly predictions: ClassIndices;
  readonly scores: 'logits' | 'probabilities';
  /** Null without labels. */
  readonly accuracy: number | null;
  /** Null without labels, and for at most five classes. */
  readonly top5: number | null;
  /** Mean cross-entropy in nats; null without labels. */
  readonly loss: number | null;
}

/** Rows of probabilities in half precision miss 1 by up to this. */
const SUM_WITHIN = 1e-2;
/** The smallest float32, in place of a probability of 0, whose loss would be infinite. */
const LEAST = 2 ** -149;

export class ClassTally {
  readonly predictions: ClassIndices;
  readonly #classes: number;
  readonly #labels: ClassIndices | null;
  readonly #model: string;
  #correct = 0;
  #among5 = 0;
  #lossOfLogits = 0;
  #lossOfProbabilities = 0;
  #areProbabilities = true;

  /** @param model names the model in errors */
  constructor(model: string, count: number, classes: number, labels: ClassIndices | null) {
    this.#model = model;
    this.#classes = classes;
    this.#labels = labels;
    this.predictions = classIndices(count, classes - 1);
  }

  /** `values`: the rows of samples from number `from` on. */
  add(values: ArrayLike<number>, from: number): void {
    const classes = this.#classes;
    for (let row = 0; row * classes < values.length; row += 1) {
      this.#addRow(values, row * classes, from + row);
    }
  }

  #addRow(values: ArrayLike<number>, at: number, sample: number): void {
    const classes = this.#classes;
    let best = 0;
    let sum = 0;
    let least = Number.POSITIVE_INFINITY;
    for (let i = 0; i < classes; i += 1) {
      const value = values[at + i]!;
      if (value > values[at + best]!) best = i;
      if (value < least) least = value;
      sum += value;
    }
    const largest = values[at + best]!;
    // A score of minus infinity excludes a class.
    if (Number.isNaN(sum) || !Number.isFinite(largest)) throw this.#notFinite(sample);
    this.predictions[sample] = best;
    if (least < 0 || Math.abs(sum - 1) > SUM_WITHIN) this.#areProbabilities = false;
    if (this.#labels) this.#addLabel(values, at, sample, best, this.#labels[sample]!);
  }

  #addLabel(
    values: ArrayLike<number>,
    at: number,
    sample: number,
    best: number,
    label: number,
  ): void {
    const classes = this.#classes;
    if (label >= classes) {
      throw new ExpectedError(
        `${this.#model}: the model has ${classes} classes, but sample ${sample} has the label ${label}`,
        'number the classes from 0, in the order of the outputs of the model',
      );
    }
    if (best === label) this.#correct += 1;
    const own = values[at + label]!;
    const largest = values[at + best]!;
    let before = 0;
    let exponentials = 0;
    for (let i = 0; i < classes; i += 1) {
      const value = values[at + i]!;
      if (value > own || (value === own && i < label)) before += 1;
      exponentials += Math.exp(value - largest);
    }
    if (before < 5) this.#among5 += 1;
    const isExcluded = own === Number.NEGATIVE_INFINITY;
    this.#lossOfLogits += isExcluded ? -Math.log(LEAST) : largest + Math.log(exponentials) - own;
    this.#lossOfProbabilities -= Math.log(Math.max(own, LEAST));
  }

  result(): ClassScores {
    const count = this.predictions.length;
    const labelled = this.#labels !== null;
    const scores = this.#areProbabilities ? 'probabilities' : 'logits';
    const loss = this.#areProbabilities ? this.#lossOfProbabilities : this.#lossOfLogits;
    return {
      predictions: this.predictions,
      scores,
      accuracy: labelled ? this.#correct / count : null,
      top5: labelled && this.#classes > 5 ? this.#among5 / count : null,
      loss: labelled ? loss / count : null,
    };
  }

  #notFinite(sample: number): ExpectedError {
    return new ExpectedError(
      `${this.#model}: the class scores of sample ${sample} are not finite numbers`,
      'check the inputs, and whether the model overflows in half precision',
    );
  }
}
