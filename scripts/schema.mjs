/** Writes the JSON Schemas in `schema/` from the schemas that the program uses. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import * as esbuild from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));

const bundle = join(root, 'dist', `.schema.${process.pid}.mjs`);
const source = `
  export { modelJsonSchema } from './scripts/model-schema.ts';
  export { pipelineSchema } from './scripts/pipeline-schema.ts';
  export { scoresSchema } from './scripts/scores-schema.ts';
  export { stageTypes } from './src/stages/index.ts';
`;
try {
  await esbuild.build({
    stdin: { contents: source, resolveDir: root },
    outfile: bundle,
    absWorkingDir: root,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
  });
  const built = await import(pathToFileURL(bundle));
  mkdirSync(join(root, 'schema'), { recursive: true });
  const schemas = {
    pipeline: built.pipelineSchema(built.stageTypes),
    model: built.modelJsonSchema(),
    scores: built.scoresSchema(),
  };
  for (const [name, schema] of Object.entries(schemas)) {
    const text = `${JSON.stringify(schema, null, 2)}\n`;
    writeFileSync(join(root, 'schema', `${name}.schema.json`), text);
  }
} finally {
  rmSync(bundle, { force: true });
}
