/** The package with the binding: npm downloads it, and its native part is downloaded or built. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fail, ok, type Result } from '../../../base/result.ts';
import type { Failure } from '../../failure.ts';
import { packageOf } from '../names.ts';
import { type Installable, packagesOf } from './recipe.ts';
import { isOfNetwork, reasonIn, runTool, type ToolOptions } from './tool.ts';

/** Installs its JavaScript and dependencies into the folder `options.cwd`. */
export async function fetchPackage(
  name: Installable,
  options: ToolOptions,
): Promise<Result<void, Failure>> {
  const manifest = { private: true, dependencies: packagesOf(name) };
  writeFileSync(join(options.cwd, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  const words = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock'];
  const { outcome, output } = await runTool('npm', words, options);
  if (outcome === 'done') return ok(undefined);
  if (outcome === 'not there') {
    return fail({ message: 'npm is not on the PATH', advice: 'it comes with Node' });
  }
  const message = isOfNetwork(output)
    ? `npm can't reach its registry: ${reasonIn(output)}`
    : `npm could not install ${packageOf(name)}: ${reasonIn(output)}`;
  return fail({ message, advice: 'check that "npm ping" works, then try again' });
}

/** The host of the prebuilt binding must answer within this time. */
const ANSWER_MS = 10_000;

/**
 * Downloads the binding that the package's publishers built, with the library that it was built for. Returns the
 * reason if that fails. This is not a failure of the installation, because the binding can be built.
 */
export async function downloadBinding(
  directory: string,
  options: ToolOptions,
): Promise<string | undefined> {
  const { binary } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as {
    readonly binary: { readonly host: string };
  };
  try {
    const limit = AbortSignal.any([options.signal, AbortSignal.timeout(ANSWER_MS)]);
    await fetch(binary.host, { method: 'HEAD', signal: limit });
  } catch (problem) {
    // `fetch` throws these if the network fails, and after the time limit.
    if (!(problem instanceof TypeError || problem instanceof DOMException)) throw problem;
    return 'the host of the prebuilt binding does not answer';
  }
  const words = ['run', 'install'];
  const tool = { ...options, cwd: directory, timeoutSeconds: 600 };
  const { outcome, output } = await runTool('npm', words, tool);
  return outcome === 'done'
    ? undefined
    : `could not download the prebuilt binding: ${reasonIn(output)}`;
}

/** Builds against the library in the package's `deps`. */
export async function buildBinding(
  directory: string,
  node: string,
  options: ToolOptions,
): Promise<Result<void, Failure>> {
  const prefix = dirname(dirname(node));
  const headers = existsSync(join(prefix, 'include', 'node', 'node_api.h'));
  const environment = {
    ...options.environment,
    // TensorFlow's headers need it. The user's own flags follow it and take precedence.
    CXXFLAGS: `-std=c++17 ${options.environment.CXXFLAGS ?? ''}`.trim(),
    // Otherwise the build would download headers that are already here.
    ...(headers && { npm_config_nodedir: prefix }),
  };
  const tool = { ...options, cwd: directory, environment };
  const { outcome, output } = await runTool('npx', ['--no', 'node-pre-gyp', 'rebuild'], tool);
  if (outcome === 'done') return ok(undefined);
  if (isOfNetwork(output)) {
    return fail({
      message: `could not download the headers of Node: ${reasonIn(output)}`,
      advice: 'install them next to node (include/node), or check the network',
    });
  }
  return fail({
    message: `could not build the binding: ${reasonIn(output)}`,
    advice: 'see the output of the compiler in the log',
  });
}

/** The tools that a build needs and that are not installed. */
export async function missingTools(options: ToolOptions): Promise<readonly string[]> {
  const tools = [
    ['a C++ compiler (g++)', options.environment.CXX ?? 'g++', ['--version']],
    ['make', 'make', ['--version']],
    ['Python with pip (python3-pip)', 'python3', ['-m', 'pip', '--version']],
  ] as const;
  const missing: string[] = [];
  for (const [what, command, words] of tools) {
    const { outcome } = await runTool(command, words, options);
    if (outcome !== 'done') missing.push(what);
  }
  return missing;
}
