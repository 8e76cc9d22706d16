/** Pipelines for runs: a chain of stages, and a sweep with a stage before it and one after it. */

export const chain = (text = 'x', constant = false) => `
stages:
  a: { uses: make, with: { name: a, text: ${text}, constant: ${constant} } }
  b: { uses: make, with: { name: b, constant: ${constant} }, inputs: { from: a } }
  c: { uses: make, with: { name: c }, inputs: { from: b } }
`;

export const sweep = (rates: string) => `
vars: { rates: [1], text: plain }
config: c.yaml
stages:
  base: { uses: make, with: { name: base } }
  part:
    uses: make
    matrix: { rate: "\${rates}" }
    with: { name: "part \${matrix.rate}", text: "\${text} \${matrix.rate}" }
    inputs: { from: base }
  end: { uses: make, with: { name: end }, inputs: { from: part } }
#${rates}
`;
