/**
 * Plain values as YAML text that readers of 1.1 take for the same values: what a command's file of
 * parameters is written as. The most common of them, PyYAML, takes a plain `yes` for true and `1e-7` for
 * a text.
 */
import { type ScalarTag, stringify } from 'yaml';

export function stringifyYaml(value: unknown): string {
  return stringify(value, { version: '1.1', customTags: (tags) => [smallNumber, ...tags] });
}

/** `1.0e-7`: with a point before its exponent a number is one to everybody. */
const smallNumber: ScalarTag = {
  identify: (value) => typeof value === 'number' && String(value).includes('e'),
  default: true,
  tag: 'tag:yaml.org,2002:float',
  // Reads nothing: what is written is found by the value alone.
  test: /^\b$/,
  resolve: Number,
  stringify: ({ value }) => String(value).replace(/^(-?\d+)e/, '$1.0e'),
};
