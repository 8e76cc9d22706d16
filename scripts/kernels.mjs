/** Compiles each WebAssembly source in `src/` to a TypeScript module (`npm run kernels`). A test compares them. */
import { readFileSync, writeFileSync } from 'node:fs';
import wabt from 'wabt';

const root = new URL('../src/', import.meta.url);

/** By output file. A module contains the limits of its memory, so there is a variant for shared memory. */
const kernels = {
  'nn/fast/wasm/simd-module.ts': {
    source: 'nn/fast/wasm/simd.wat',
    name: 'simdModules',
    variants: { single: '1', shared: '1 65536 shared' },
  },
  'nn/fast/masks/masks-module.ts': { source: 'nn/fast/masks/masks.wat', name: 'masksModule' },
  'nn/fast/onnx/runs-module.ts': { source: 'nn/fast/onnx/runs.wat', name: 'runsModule' },
  'linalg/kernels/panels-module.ts': {
    source: 'linalg/kernels/panels.wat',
    name: 'panelsModule',
  },
  'linalg/kernels/rotations-module.ts': {
    source: 'linalg/kernels/rotations.wat',
    name: 'rotationsModule',
  },
};

/** The content of each output file, by its path in `src/`. */
export async function kernelModules() {
  const { parseWat } = await wabt();
  const base64 = (source, text) => {
    const module = parseWat(source, text, { simd: true, threads: true });
    const bytes = Buffer.from(module.toBinary({}).buffer);
    module.destroy();
    return `'${bytes.toString('base64')}'`;
  };
  const texts = Object.entries(kernels).map(([file, { source, name, variants }]) => {
    const text = readFileSync(new URL(source, root), 'utf8');
    const short = source.slice(source.lastIndexOf('/') + 1);
    const about = `/** Generated from \`${short}\` by \`npm run kernels\`: WebAssembly in base64`;
    if (variants === undefined) {
      return [file, `${about}. */\nexport const ${name} =\n  ${base64(short, text)};\n`];
    }
    const lines = Object.entries(variants).map(
      ([variant, limits]) =>
        `  ${variant}:\n    ${base64(short, text.replace('LIMITS', limits))},\n`,
    );
    return [
      file,
      `${about}, by how its memory is held. */\nexport const ${name} = {\n${lines.join('')}} as const;\n`,
    ];
  });
  return new Map(texts);
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  for (const [file, text] of await kernelModules()) writeFileSync(new URL(file, root), text);
}
