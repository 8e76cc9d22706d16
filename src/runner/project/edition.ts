/**
 * Names the edition of a selection: the pipeline file, unless it is `pipeline.yaml`, and the configurations of the
 * command line. Single settings belong to the edition that they change, because a folder for each of their
 * combinations would soon be a long list.
 */
import { basename, dirname, relative } from 'node:path';
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
  const pipeline = file === PIPELINE ? [] : [inName(file)];
  const plain = layout.ofEdition(nameOf(pipeline));
  if (configs.length === 0) return plain;
  const names = configs.map((config) => {
    return configName(relative(root, pathOf(config, 'command line') ?? config));
  });
  return layout.ofEdition(nameOf([...pipeline, ...names]), plain);
}

/** `compare` for `configs/compare.yaml`. */
function configName(path: string): string {
  const folder = dirname(path);
  const isUsual = folder === '.' || folder === CONFIGURATIONS;
  return inName((isUsual ? basename(path) : path).replace(/\.(?:ya?ml|json)$/i, ''));
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
