// greet.ts
import { writeFileSync } from 'node:fs';
import { defineStage, v } from 'lowrank-pipeline';

export default defineStage({
  name: 'greet',
  description: 'A greeting.',
  parameters: v.strictObject({ name: v.string() }),
  inputs: {},
  outputs: { greeting: 'text' },
  load: async () => ({
    run: async ({ parameters, output }) => {
      writeFileSync(`${output('greeting')}/greeting.txt`, `Hello, ${parameters.name}.\n`);
    },
  }),
});
