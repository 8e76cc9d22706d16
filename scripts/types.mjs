/**
 * The types of the library, into `dist/types/`. TypeScript's compiler is an optional package, one for each platform:
 * without it (`npm ci --omit=optional`) the program works, and only the types are missing.
 */
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const require = createRequire(import.meta.url);

function isInstalled(name) {
  try {
    require.resolve(`${name}/package.json`);
    return true;
  } catch (problem) {
    if (problem.code !== 'MODULE_NOT_FOUND') throw problem;
    return false;
  }
}

if (isInstalled(`@typescript/typescript-${process.platform}-${process.arch}`)) {
  // Otherwise the types of deleted sources would be packed too.
  rmSync('dist/types', { recursive: true, force: true });
  const tsc = join(dirname(require.resolve('typescript/package.json')), 'bin', 'tsc');
  const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.types.json'], {
    stdio: 'inherit',
  });
  process.exitCode = status ?? 1;
} else {
  process.stderr.write(
    'the types of the library are not made, because the compiler is not installed\n',
  );
}
