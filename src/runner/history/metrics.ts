/**
 * Reads metrics from the output files of stages. An object of numbers is one row; a list of objects is one row per
 * object. Nested names are joined with dots. Nested lists are not metrics and are left out.
 */
import type { Json, JsonObject } from '../../base/json.ts';
import { toPlain } from '../document/located.ts';
import { parseYaml } from '../document/parse-yaml.ts';
import type { Outputs } from '../execution/decide.ts';
import { readArtifact } from '../store/artifact.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { isNumberText, parseMetricsJson } from './metrics-json.ts';

/** A number that JSON can't represent (NaN, Infinity, a long integer) is a text with the same characters. */
export type Metric = number | string | boolean | null;

export interface MetricRow {
  /** `scores/rows.json`: the output and the file in it. */
  readonly file: string;
  /** The name of the row, if the file is a list. */
  readonly row?: string;
  readonly values: Readonly<Record<string, Metric>>;
}

export function readMetrics(
  stage: Measurable | undefined,
  outputs: Outputs,
  store: ObjectStore,
): readonly MetricRow[] {
  return readMetricFiles(stage, outputs, store).rows;
}

/** Reads the outputs that the stage declares as metrics. If it declares none, searches all outputs for metrics. */
export function readMetricFiles(
  stage: Measurable | undefined,
  outputs: Outputs,
  store: ObjectStore,
): Metrics {
  const declared = stage?.metrics ?? [];
  const ports = declared.length > 0 ? declared : Object.keys(outputs);
  const unread: string[] = [];
  const rows = ports.flatMap((port) => {
    const digest = outputs[port];
    const files = digest ? (readArtifact(digest, store)?.files ?? []) : [];
    return files.flatMap((file) => {
      const meant = declared.length > 0 || /(?:^|\/)metrics\.json$/.test(file.path);
      const wanted = meant ? /\.(?:json|ya?ml)$|^[^.]*$/ : /\.json$/;
      if (!wanted.test(file.path) || file.size > MOST_BYTES) return [];
      const name = `${port}/${file.path}`;
      const content = parse(store.readText(file.digest), file.path);
      if (content !== undefined && !isDeeper(content, DEEPEST)) return rowsOf(name, content, meant);
      if (meant) unread.push(content === undefined ? name : `${name} (${TOO_DEEP})`);
      return [];
    });
  });
  return { rows, unread };
}

export interface Metrics {
  readonly rows: readonly MetricRow[];
  /** Files that are declared as metrics, or named `metrics.json`, but can't be read as numbers. */
  readonly unread: readonly string[];
}

/** The needed parts of a stage. A stage that is no longer in the pipeline declares no metrics. */
interface Measurable {
  readonly metrics?: readonly string[];
}

/** A larger file contains data instead of metrics. */
const MOST_BYTES = 1 << 20;

function parse(text: string | undefined, path: string): Json | undefined {
  if (text === undefined) return undefined;
  if (/\.ya?ml$/.test(path)) {
    const { root } = parseYaml({ path, text });
    return root && toPlain(root);
  }
  return parseMetricsJson(text);
}

/** Metrics of an experiment are only a few levels deep. */
const DEEPEST = 100;

const TOO_DEEP = `nested more than ${DEEPEST} levels deep`;

function rowsOf(file: string, content: Json, meant: boolean): MetricRow[] {
  if (isObject(content)) {
    const values = flatten(content);
    const all = Object.values(values);
    // A description also has words, so a file that is not declared as metrics must contain only numbers.
    const plain = meant || (!all.some(isText) && !hasList(content));
    return plain && all.some(isNumber) ? [{ file, values }] : [];
  }
  if (!Array.isArray(content) || !content.every(isObject)) return [];
  const rows = content.map(flatten);
  if (rows.length === 0 || !rows.every((row) => Object.values(row).some(isNumber))) return [];
  if (rows.length === 1) return [{ file, values: rows[0]! }];
  const names = namesOf(rows);
  return rows.map((values, i) => ({ file, row: names[i]!, values }));
}

/** Names rows by the words that differ between them, or by their position if these are not unique. */
function namesOf(rows: readonly MetricRow['values'][]): readonly string[] {
  const differing = Object.keys(rows[0]!).filter(
    (key) => rows.every((row) => isText(row[key])) && new Set(rows.map((row) => row[key])).size > 1,
  );
  const names = rows.map((row) => differing.map((key) => row[key]).join(' '));
  const unique = rows.length === new Set(names).size && names[0] !== '';
  return unique ? names : rows.map((_row, i) => String(i));
}

function flatten(object: JsonObject): Record<string, Metric> {
  // Without a prototype, because a metric may have any name, such as `constructor`.
  const values: Record<string, Metric> = Object.create(null);
  const visit = (value: Json, path: string): void => {
    if (isObject(value)) {
      for (const [key, one] of Object.entries(value))
        visit(one, path === '' ? key : `${path}.${key}`);
    } else if (typeof value === 'number' && !Number.isFinite(value)) values[path] = String(value);
    else if (!Array.isArray(value)) values[path] = value as Metric;
  };
  visit(object, '');
  return values;
}

function isDeeper(value: Json, levels: number): boolean {
  if (value === null || typeof value !== 'object') return false;
  return levels === 0 || Object.values(value).some((one) => isDeeper(one!, levels - 1));
}

function hasList(value: Json): boolean {
  return Array.isArray(value) || (isObject(value) && Object.values(value).some(hasList));
}

function isObject(value: Json): value is JsonObject {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

/** This includes numbers that are kept as texts, such as NaN. */
export function isNumber(value: Metric | undefined): value is number | string {
  return typeof value === 'number' || (typeof value === 'string' && isNumberText(value));
}

function isText(value: Metric | undefined): boolean {
  return typeof value === 'string' && !isNumberText(value);
}

/** Whether a value names something instead of measuring it. */
export function isWord(value: Metric | undefined): boolean {
  return typeof value === 'boolean' || isText(value);
}
