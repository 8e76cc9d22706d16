/** Writes one stage of dvc.yaml as a stage of pipeline.yaml. With a matrix, all instances have the same text. */
import type { Json, JsonObject } from '../base/json.ts';
import { shellQuoted } from '../base/shell-quoted.ts';
import { type Address, commonInputs, type Link } from './links.ts';
import { namedFiles } from './named-files.ts';
import { isWithin, joinPath, outsideReason } from './path.ts';
import type { Need, Producers } from './producers.ts';
import type { ProjectFolder } from './project-folder.ts';
import { type ImportedModule, importedModules } from './python-imports.ts';
import type { DvcInstance, DvcParams } from './stage-reader.ts';
import { escaped, type Text, type Writing, writeText, writtenPieces } from './text.ts';
import { writePath } from './write-path.ts';

export interface StageQuestion {
  readonly instance: DvcInstance;
  readonly needs: readonly Need[];
  readonly address: Address;
  readonly links: readonly Link[];
  readonly writing: Writing;
  readonly folder: ProjectFolder;
  readonly producers: Producers;
}

/** A stage without its matrix and inputs. */
export interface WrittenStage {
  readonly description: Json | undefined;
  readonly rest: JsonObject;
  /** Files that the command uses and does not declare. */
  readonly added: readonly string[];
  /** Modules that its programs import. */
  readonly imported: readonly ImportedModule[];
  /** Files that the command seems to write and that are not outputs. They become scratch. */
  readonly strays: readonly string[];
}

export function writeStage(question: StageQuestion): WrittenStage {
  const { instance, needs, address, links, writing, folder } = question;
  const needed = new Set(needs.map(({ dep }) => dep));
  const files = instance.deps
    .filter((dep) => !needed.has(dep) && outsideReason(dep.path) === undefined)
    .map((dep) => writePath(dep, writing));
  for (const { dep, relation } of needs) {
    if (relation === 'around') files.push(...besides(dep.path, question).map(escaped));
  }
  const params: Record<string, Json> = {};
  for (const file of instance.params) {
    if (outsideReason(file.path) !== undefined || isCovered(file, question)) continue;
    if (!/\.(?:ya?ml|json)$/i.test(file.path)) files.push(writePath(file, writing));
    else params[file.path] = file.keys?.map((key) => writeText(key, writing)) ?? null;
  }
  const inputs = links.map(({ key }) => key);
  const outputs = writtenOutputs(instance, address, writing);
  const named = instance.commands.flatMap((command) => nameFiles(command, question));
  const added = named.filter((one) => !one.isWritten && !covers(question, one.path));
  const strays = named.filter((one) => one.isWritten && !covers(question, one.path));
  files.push(...added.map(({ written }) => written));
  const own = [...instance.deps, ...added].map(({ path }) => path);
  const imported = importedModules(own, folder).filter(({ path }) => !covers(question, path));
  files.push(...imported.map(({ path }) => escaped(path)));
  const ready = [...files, ...inputs, ...Object.keys(params), ...outputs.paths];
  const runs = instance.commands.map((text) => inFolder(text, instance.wdir, ready, writing));
  const metrics = instance.outs
    .filter(({ role, path }) => role === 'metrics' && canBeMetrics(path))
    .map(({ path }) => address.outputs.get(path))
    .filter((name): name is string => name !== undefined);
  const unique = outermost(files);
  return {
    description: instance.description && writeText(instance.description, writing),
    rest: {
      run: instance.isList ? runs : runs[0]!,
      ...(unique.length > 0 && { files: unique }),
      ...(Object.keys(params).length > 0 && { params }),
      ...(outputs.paths.length > 0 && { outputs: outputs.value }),
      ...(metrics.length > 0 && { metrics: metrics.map(escaped) }),
      ...(strays.length > 0 && { scratch: strays.map(({ written }) => written) }),
    },
    added: added.map(({ path }) => path),
    imported,
    strays: strays.map(({ path }) => path),
  };
}

/** The stage for the file; undefined if its instances differ. */
export function joinStages(
  written: readonly WrittenStage[],
  links: readonly (readonly Link[])[],
  matrix: Json | undefined,
): JsonObject | undefined {
  const inputs = commonInputs(links);
  const texts = new Set(
    written.map(({ description, rest }) => JSON.stringify([description, rest])),
  );
  if (!inputs || texts.size !== 1) return undefined;
  const [{ description, rest }] = written as [WrittenStage];
  const { run, files, params, ...after } = rest;
  return {
    ...(description !== undefined && { description }),
    ...(matrix !== undefined && { matrix }),
    run: run!,
    ...(files && { files }),
    ...(params && { params }),
    ...(inputs.size > 0 && { inputs: Object.fromEntries(inputs) }),
    ...after,
  };
}

export function canBeMetrics(path: string): boolean {
  return /\.(?:ya?ml|json)$/i.test(path);
}

/** Whether the whole file is present anyway, as a dependency or as an output of another stage. */
export function isCovered(file: DvcParams, { instance, needs }: StageQuestion): boolean {
  const isDep = instance.deps.some((dep) => isWithin(file.path, dep.path));
  return isDep || needs.some(({ dep }) => dep === file);
}

/** The files in a folder that are not outputs of other stages. */
function besides(folder: string, question: StageQuestion): string[] {
  return question.folder.list(folder).flatMap((name) => {
    const path = `${folder}/${name}`;
    const inner = question.producers.within(path);
    const isOutput = question.producers.within(folder).some(({ out }) => out.path === path);
    if (isOutput) return [];
    return inner.length > 0 ? besides(path, question) : [path];
  });
}

interface Outputs {
  readonly value: Json;
  readonly paths: readonly string[];
}

/** A list if each name is the path itself. */
function writtenOutputs(instance: DvcInstance, address: Address, writing: Writing): Outputs {
  const byName = new Map<string, string>();
  for (const out of instance.outs) {
    const name = address.outputs.get(out.path);
    if (name !== undefined) byName.set(name, writePath(out, writing));
  }
  const paths = [...byName.values()];
  const isList = [...byName].every(([name, path]) => name === path);
  return { value: isList ? paths : Object.fromEntries(byName), paths };
}

function nameFiles(command: Text, { instance, writing, folder }: StageQuestion) {
  const pieces = [command, ...(instance.wdir ? [instance.wdir] : [])];
  const values = new Map(
    pieces.flatMap((one) => writtenPieces(one, writing)).map((one) => [one.written, one.text]),
  );
  const read = (written: string): string => {
    const parts = written.split(/(\$?\$\{[^}]*\})/);
    return parts.map((part) => values.get(part) ?? part).join('');
  };
  const wdir = joinPath('', instance.wdir?.text ?? '');
  const text = { written: writeText(command, writing), wdir, read };
  const inside = instance.wdir ? writeText(instance.wdir, writing) : '';
  return namedFiles(text, folder).map((one) => {
    const live = joinPath(inside, one.written);
    return { ...one, written: read(live) === one.path ? live : escaped(one.path) };
  });
}

/** Whether a path is declared, as an input or an output. */
function covers({ instance, needs }: StageQuestion, path: string): boolean {
  const { deps, outs, params } = instance;
  const declared = [...deps, ...outs, ...params, ...needs.map(({ product }) => product.out)];
  return declared.some((one) => isWithin(path, one.path));
}

function inFolder(
  command: Text,
  wdir: Text | undefined,
  ready: readonly string[],
  writing: Writing,
): string {
  const text = writeText(command, writing);
  if (!wdir) return text;
  const folder = joinPath('', writeText(wdir, writing));
  const quoted = folder.includes("'") ? shellQuoted(folder) : `'${folder}'`;
  const make = ready.some((path) => path.startsWith(`${folder}/`)) ? '' : `mkdir -p ${quoted} && `;
  // On a separate line, so that a comment at the end of the command does not hide the bracket.
  const isSimple = !/[\n#]/.test(text);
  return `${make}cd ${quoted} && ${isSimple ? `(${text})` : `(\n${text.replace(/\n$/, '')}\n)\n`}`;
}

function outermost(paths: readonly string[]): string[] {
  const unique = [...new Set(paths)];
  return unique.filter((path) => !unique.some((one) => path.startsWith(`${one}/`)));
}
