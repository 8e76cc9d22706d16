/**
 * Names the edition of a selection: the pipeline file, unless it is `pipeline.yaml`, and the configurations of the
 * command line. Single settings belong to the edition that they change, because a folder for each of their
 * combinations would soon be a long list.
 */
import { existsSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { digestOf } from '../key/digest.ts';
import type { Layout } from '../store/layout.ts';
import type { Project, Selection } from './project.ts';

const PIPELINE = 'pipeline.yaml';
const CONFIGURATIONS = 'configs';

/** The layout with the newest results of the selected edition. */
export function layoutFor(
  { layout, root, pathOf }: Pick<Project, 'layout' | 'root' | 'pathOf'>,
  { configs }: Pick<Selection, 'configs'>,
): Layout {
  const file = basename(pathOf('', 'the pipeline') ?? PIPELINE);
  const pipeline = file === PIPELINE ? [] : [pipelineName(file)];
  const plain = layout.ofEdition(nameOf(pipeline));
  if (configs.length === 0) return plain;
  const names = configs.map((config) => {
    return configName(relative(root, pathOf(config, 'command line') ?? config), root);
  });
  return layout.ofEdition(nameOf([...pipeline, ...names]), plain);
}

const DOCUMENT = /\.(?:yaml|yml|json)$/i;

function pipelineName(file: string): string {
  const name = inName(file);
  return name === file && DOCUMENT.test(file) ? name : apart(name, file);
}

/** `compare` for `configs/compare.yaml`. */
function configName(path: string, root: string): string {
  const whole = path.replace(DOCUMENT, '');
  const name = inName(dirname(path) === CONFIGURATIONS ? basename(whole) : whole);
  const namesakes = [`${CONFIGURATIONS}/${name}`, name, name.replaceAll('-', '/')].flatMap((one) =>
    ['.yaml', '.yml', '.json'].map((end) => one + end),
  );
  // Different paths can have the same name. The first of these that exists has it alone.
  const owner = namesakes.find((one) => existsSync(join(root, one))) ?? path;
  const isAlone = owner === path && namesakes.includes(path) && !DOCUMENT.test(name);
  return isAlone ? name : apart(name, path);
}

function apart(name: string, path: string): string {
  return `${name}-${digestOf(path).slice(0, 8)}`;
}

/** Without characters that have a meaning in a path, in a shell or in the name of an edition. */
function inName(text: string): string {
  return text.replace(/[^\p{L}\p{M}\p{N}._-]+/gu, '-');
}

/** File systems allow 255 bytes. The longest name besides the edition has 8. */
const MOST_BYTES = 200;

function nameOf(parts: readonly string[]): string {
  const name = parts.join('+');
  if (Buffer.byteLength(name) <= MOST_BYTES) return name;
  return `${Array.from(name).slice(0, 40).join('')}-${digestOf(name).slice(0, 16)}`;
}
