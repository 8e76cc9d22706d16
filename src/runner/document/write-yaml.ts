/** Plain values as YAML text: what a command's file of parameters is written as. */
export { stringify as stringifyYaml } from 'yaml';
