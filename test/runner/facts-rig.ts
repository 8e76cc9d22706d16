/** Pipelines whose results depend on facts of the machine. */

export const chain = `
stages:
  a: { uses: make, with: { name: a } }
  b: { uses: make, with: { name: b }, inputs: { from: a } }
  c: { uses: make, with: { name: c }, inputs: { from: b } }
`;

export const single = (...names: readonly string[]) =>
  `stages:\n${names.map((name) => `  ${name}: { uses: make, with: { name: ${name} } }\n`).join('')}`;
