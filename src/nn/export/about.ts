/** What an exported network says about itself: a text for people, and metadata as texts by name. */
import type { ModelDescription } from '../model/description.ts';
import type { ModelHistory } from '../model/history.ts';
import type { Preprocessing } from './preprocessing.ts';

export interface About {
  readonly text: string;
  readonly metadata: Readonly<Record<string, string>>;
}

/** @param sha256 the digest of the weights that were exported, as in the report */
export function aboutExport(
  {
    description,
    history,
  }: { readonly description: ModelDescription; readonly history: ModelHistory },
  { input, classes }: Preprocessing,
  sha256: string,
): About {
  const { title, dataset, compression, finetuning } = history;
  const made = compression ? `; ${compression.label} at rate ${compression.rate}` : '';
  const tuned = finetuning ? '; trained further' : '';
  const [height, width, channels] = description.input;
  const normalized =
    input.mean === undefined ? '' : ', normalized as (byte / scale - mean) / deviation';
  return {
    text:
      `${title} for ${dataset}${made}${tuned}. ` +
      `Input: [N, ${channels}, ${height}, ${width}]${normalized}. Output: [N, ${description.classes}], logits.`,
    metadata: {
      title,
      dataset,
      ...(compression && { method: compression.method, rate: String(compression.rate) }),
      ...(compression?.achieved !== undefined && { trueRate: String(compression.achieved) }),
      ...(compression?.scheme != null && { scheme: compression.scheme }),
      ...(compression?.seed != null && { seed: String(compression.seed) }),
      ...(finetuning?.scope !== undefined && { trainedFurther: finetuning.scope }),
      input: JSON.stringify(input),
      ...(classes && { classes: JSON.stringify(classes) }),
      sha256,
    },
  };
}
