/**
 * Writes values as a YAML or JSON file for a command. Each value is written as in its source, so that a
 * program reads the same value from both files. A text in quotes is read as a text by parsers of YAML 1.1
 * (such as PyYAML) and 1.2 alike.
 */
import { stringify } from 'yaml';
import type { Located, LocatedEntry, LocatedScalar } from './located.ts';

/** The file `path` for values without a source text. The parameters of a command have the path ''. */
export function usualText(path: string, values: unknown): string {
  if (path === '') return JSON.stringify(values);
  if (/\.json$/i.test(path)) return `${JSON.stringify(values, null, 2)}\n`;
  return stringify(values, { version: '1.1' });
}

/** Whether every YAML parser reads this as a text, even without quotes. */
export function isTextToAll(text: string): boolean {
  return /^[A-Za-z_][\w./-]*$/.test(text) && !WORDS.test(text);
}

/** Some parsers read `e0` as a number. */
const WORDS = /^(?:y|n|yes|no|on|off|true|false|null|e[-+]?\d+)$/i;

/** Undefined if `usualText` of the plain values has the same meaning. */
export function yamlText(root: Located, version?: string): string | undefined {
  if (version === undefined && isUsualYaml(root)) return undefined;
  const head = version === undefined ? '' : `%YAML ${version}\n---\n`;
  const body = yamlNode(root, '');
  return `${head}${body.replace(/^[ \n]/, '')}\n`;
}

function isUsualYaml(node: Located): boolean {
  if (node.tag !== undefined) return false;
  switch (node.kind) {
    case 'list':
      return node.items.every(isUsualYaml);
    case 'map':
      return [...node.entries].every(
        ([key, { keyText, value }]) =>
          !isMisread(key) && isUsual(key, keyText) && isUsualYaml(value),
      );
    case 'scalar':
      if (typeof node.value !== 'string') return node.text === undefined;
      return !isMisread(node.value) && isUsual(node.value, node.text);
  }
}

function isUsual(value: string, text: string | undefined): boolean {
  // In YAML 1.1, `y` and `n` are booleans, but not for PyYAML and ruamel.yaml.
  if (text === undefined || /^[yn]$/i.test(text)) return true;
  return stringify(value, { version: '1.1', lineWidth: 0 }) === `${text}\n`;
}

/** Texts that the library does not quote or escape, although PyYAML reads them differently. */
function isMisread(text: string): boolean {
  return text === '=' || text === '<<' || UNSEEN.test(text);
}

const UNSEEN = /[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]/;

/** The text begins with the separator from the key or the dash before it: a space or a line break. */
function yamlNode(node: Located, indent: string): string {
  const tag = node.tag === undefined ? '' : ` !<${node.tag}>`;
  switch (node.kind) {
    case 'scalar':
      return `${tag} ${yamlScalar(node)}`;
    case 'list': {
      if (node.items.length === 0) return `${tag} []`;
      const lines = node.items.map((item) => {
        const lines = yamlNode(item, `${indent}  `);
        // A map or list begins on the line of its dash.
        const beside = lines.startsWith('\n') ? ` ${lines.slice(indent.length + 3)}` : lines;
        return `\n${indent}-${beside}`;
      });
      return `${tag}${lines.join('')}`;
    }
    case 'map': {
      if (node.entries.size === 0) return `${tag} {}`;
      const lines = [...node.entries].map(
        ([key, entry]) =>
          `\n${indent}${yamlKey(key, entry)}:${yamlNode(entry.value, `${indent}  `)}`,
      );
      return `${tag}${lines.join('')}`;
    }
  }
}

function yamlKey(key: string, { keyText }: LocatedEntry): string {
  return keyText ?? yamlString(key);
}

function yamlScalar({ value, text }: LocatedScalar): string {
  if (text !== undefined) return text;
  return typeof value === 'string' ? yamlString(value) : String(value);
}

function yamlString(value: string): string {
  if (isTextToAll(value)) return value;
  const codeOf = (sign: string) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return JSON.stringify(value).replaceAll(new RegExp(UNSEEN, 'g'), codeOf);
}
