/** `pipeline graph`: the DAG as text, Mermaid or DOT, each stage with its state. */
import { Option } from 'commander';
import { type Decision, type Plan, wordsFor } from '../../runner/index.ts';
import type { AddCommand } from '../add-command.ts';
import { exitCodes } from '../host.ts';
import {
  addSelectionOptions,
  openAndPrepare,
  type SelectionOptions,
} from '../selection-options.ts';

interface GraphOptions extends SelectionOptions {
  readonly format: 'text' | 'mermaid' | 'dot';
  readonly instances?: boolean;
}

export const addGraph: AddCommand = (program, host, finish) => {
  const command = program.command('graph').description('draw the graph of stages');
  const formats = new Option('--format <format>', 'output format');
  addSelectionOptions(command, host)
    .argument('[target...]', 'stages: NAME or NAME[axis=value,...]')
    .addOption(formats.choices(['text', 'mermaid', 'dot']).default('text'))
    .option('--instances', 'one node per matrix instance instead of one per stage')
    .action(async (targets: string[], options: GraphOptions) => {
      const opened = await openAndPrepare(host, options, targets, []);
      if (!opened.ok) return finish(opened.error);
      const nodes = nodesOf(opened.value.prepared.plan, options.instances ?? false);
      host.stdout.write(drawings[options.format](nodes));
      finish(exitCodes.done);
    });
};

interface Node {
  readonly name: string;
  readonly takes: ReadonlySet<string>;
  readonly counts: Record<Decision['kind'], number>;
}

function nodesOf(plan: Plan, instances: boolean): readonly Node[] {
  const nodes = new Map<string, { name: string; takes: Set<string>; counts: Node['counts'] }>();
  const nameOf = (id: Plan['pipeline']['stages'][number]['id']): string =>
    instances ? id : plan.pipeline.byId.get(id)!.name;
  for (const stage of plan.pipeline.stages) {
    const name = nameOf(stage.id);
    const node = nodes.get(name) ?? {
      name,
      takes: new Set(),
      counts: { hit: 0, run: 0, pending: 0 },
    };
    nodes.set(name, node);
    node.counts[plan.decisions.get(stage.id)!.kind]++;
    for (const reference of [...stage.inputs.values()].flat())
      node.takes.add(nameOf(reference.stage));
  }
  return [...nodes.values()];
}

function stateOf({ counts }: Node): string {
  const kinds = (['hit', 'run', 'pending'] as const).filter((kind) => counts[kind] > 0);
  return kinds.map((kind) => `${counts[kind]} ${wordsFor({ kind })}`).join(', ');
}

const colours = { hit: '#2e8b57', run: '#d08700', pending: '#0e7fa8' } as const;

function colourOf({ counts }: Node): string {
  return counts.run > 0 ? colours.run : counts.pending > 0 ? colours.pending : colours.hit;
}

const drawings: Record<GraphOptions['format'], (nodes: readonly Node[]) => string> = {
  text: (nodes) => {
    const width = Math.max(...nodes.map((node) => node.name.length));
    const lines = nodes.flatMap((node) => [
      `${node.name.padEnd(width)}  ${stateOf(node)}`,
      ...(node.takes.size > 0 ? [`${' '.repeat(4)}<- ${[...node.takes].join(', ')}`] : []),
    ]);
    return `${lines.join('\n')}\n`;
  },
  mermaid: (nodes) => {
    const id = new Map(nodes.map((node, i) => [node.name, `s${i}`]));
    const boxes = nodes.map(
      (node) => `  ${id.get(node.name)}["${node.name}<br/>${stateOf(node)}"]`,
    );
    const styles = nodes.map((node) => `  style ${id.get(node.name)} stroke:${colourOf(node)}`);
    const arrows = nodes.flatMap((node) =>
      [...node.takes].map((taken) => `  ${id.get(taken)} --> ${id.get(node.name)}`),
    );
    return `${['graph LR', ...boxes, ...arrows, ...styles].join('\n')}\n`;
  },
  dot: (nodes) => {
    const boxes = nodes.map(
      (node) =>
        `  "${node.name}" [label="${node.name}\\n${stateOf(node)}", color="${colourOf(node)}"];`,
    );
    const arrows = nodes.flatMap((node) =>
      [...node.takes].map((taken) => `  "${taken}" -> "${node.name}";`),
    );
    const head = ['digraph pipeline {', '  rankdir=LR;', '  node [shape=box, style=rounded];'];
    return `${[...head, ...boxes, ...arrows, '}'].join('\n')}\n`;
  },
};
