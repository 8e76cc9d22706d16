/**
 * Values as the text of a YAML or JSON file that a command reads: each as it stands in the file that it
 * was taken from, so that a program gets what it would get from that one. A text that has quotes there is
 * a text to every reader, whether of YAML 1.1 (PyYAML) or 1.2.
 */
import { stringify } from 'yaml';
import type { Located, LocatedEntry, LocatedScalar } from './located.ts';

/** The file `path` of values that need no text of their own; that of the parameters of a command has no name. */
export function usualText(path: string, values: unknown): string {
  if (path === '') return JSON.stringify(values);
  if (/\.json$/i.test(path)) return `${JSON.stringify(values, null, 2)}\n`;
  return stringify(values, { version: '1.1' });
}

/** Whether every reader of YAML takes this for a text, without quotes too. */
export function isTextToAll(text: string): boolean {
  return /^[A-Za-z_][\w./-]*$/.test(text) && !WORDS.test(text);
}

/** `e0` is a number to some. */
const WORDS = /^(?:y|n|yes|no|on|off|true|false|null|e[-+]?\d+)$/i;

/** Undefined where `usualText` of the plain values reads the same. */
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
  // YAML 1.1 has `y` and `n` for true and false, but PyYAML and ruamel.yaml do not.
  if (text === undefined || /^[yn]$/i.test(text)) return true;
  return stringify(value, { version: '1.1', lineWidth: 0 }) === `${text}\n`;
}

/** What the library writes without quotes though PyYAML has a use for it, or without a need for them. */
function isMisread(text: string): boolean {
  return text === '=' || text === '<<' || UNSEEN.test(text);
}

const UNSEEN = /[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]/;

/** Begins with what sets it apart from the key or the dash before it. */
function yamlNode(node: Located, indent: string): string {
  const tag = node.tag === undefined ? '' : ` !<${node.tag}>`;
  switch (node.kind) {
    case 'scalar':
      return `${tag} ${yamlScalar(node)}`;
    case 'list': {
      if (node.items.length === 0) return `${tag} []`;
      const lines = node.items.map((item) => {
        const lines = yamlNode(item, `${indent}  `);
        // A map or list begins beside its dash.
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
