// stages/count-words.ts
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineStage, StageError, v } from 'lowrank-pipeline';
import { wordsOf } from './words.ts';

export default defineStage({
  name: 'count-words',
  description: 'Counts how often each word occurs in a text.',
  parameters: v.strictObject({
    shortest: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1)), 1),
  }),
  inputs: { text: { kind: 'text' } },
  outputs: { counts: 'counts' },
  load: async () => ({
    run: async ({ parameters, input, output, progress, log }) => {
      const counts: Record<string, number> = {};
      const { files, path } = input('text');
      for (const [i, file] of files.entries()) {
        progress({ fraction: i / files.length, message: file });
        for (const word of wordsOf(readFileSync(path(file), 'utf8'), parameters.shortest)) {
          counts[word] = (counts[word] ?? 0) + 1;
        }
      }
      if (Object.keys(counts).length === 0) {
        throw new StageError('the text has no words', 'lower "shortest"');
      }
      log(`${Object.keys(counts).length} words`);
      const sorted = Object.fromEntries(Object.entries(counts).sort());
      writeFileSync(join(output('counts'), 'counts.json'), JSON.stringify(sorted));
    },
  }),
});
