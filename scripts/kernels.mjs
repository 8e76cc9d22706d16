/** Makes `src/nn/kernels/simd-module.ts` of `simd.wat`: `npm run kernels`. A test compares the two. */
import { readFileSync, writeFileSync } from 'node:fs';
import wabt from 'wabt';

const folder = new URL('../src/nn/kernels/', import.meta.url);

/** For memory of one thread, and for memory that threads share: limits are part of a module. */
const limits = { single: '1', shared: '1 65536 shared' };

export async function kernelsModule() {
  const source = readFileSync(new URL('simd.wat', folder), 'utf8');
  const { parseWat } = await wabt();
  const features = { simd: true, threads: true };
  const lines = Object.entries(limits).map(([name, text]) => {
    const module = parseWat('simd.wat', source.replace('LIMITS', text), features);
    const bytes = Buffer.from(module.toBinary({}).buffer);
    module.destroy();
    return `  ${name}:\n    '${bytes.toString('base64')}',\n`;
  });
  return [
    '/** Made of `simd.wat` by `npm run kernels`: WebAssembly in base64, by how its memory is held. */\n',
    `export const simdModules = {\n${lines.join('')}} as const;\n`,
  ].join('');
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  writeFileSync(new URL('simd-module.ts', folder), await kernelsModule());
}
