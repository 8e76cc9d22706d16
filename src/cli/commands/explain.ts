/** `pipeline explain STAGE`: its state, what its key is made of, and why it runs or ran. */
import type { Prepared } from '../../runner/engine.ts';
import { describeReason } from '../../runner/execution/reason.ts';
import type { Stage } from '../../runner/graph/pipeline.ts';
import { selectStages } from '../../runner/graph/targets.ts';
import type { Fingerprint } from '../../runner/key/fingerprint.ts';
import type { AddCommand } from '../add-command.ts';
import { exitCodes } from '../host.ts';
import { duration } from '../render/text.ts';
import {
  addSelectionOptions,
  openAndPrepare,
  type SelectionOptions,
} from '../selection-options.ts';

export const addExplain: AddCommand = (program, host, finish) => {
  const command = program.command('explain').description('say why a stage runs, or last ran');
  addSelectionOptions(command, host)
    .argument('<stage...>', 'NAME or NAME[axis=value,...]')
    .option('--json', 'one object a line on standard output')
    .action(async (targets: string[], options: SelectionOptions & { json?: boolean }) => {
      const opened = await openAndPrepare(host, options, targets, []);
      if (!opened.ok) return finish(opened.error);
      const { prepared } = opened.value;
      for (const target of targets) {
        const selected = selectStages(prepared.plan.pipeline, target);
        for (const stage of selected.ok ? selected.value : []) {
          const explanation = explain(stage, prepared);
          host.stdout.write(
            options.json ? `${JSON.stringify(explanation)}\n` : format(explanation),
          );
        }
      }
      finish(exitCodes.done);
    });
};

interface Explanation {
  readonly stage: string;
  readonly state: 'up to date' | 'will run' | 'may run';
  readonly reasons: readonly string[];
  readonly key?: string;
  readonly fingerprint?: Fingerprint;
  readonly made?: { readonly run: string; readonly finished: string; readonly seconds: number };
}

function explain(stage: Stage, { plan, knowledge }: Prepared): Explanation {
  const decision = plan.decisions.get(stage.id)!;
  switch (decision.kind) {
    case 'pending':
      return {
        stage: stage.id,
        state: 'may run',
        reasons: decision.on.map((id) => `it hangs on ${id}, whose outputs are not there yet`),
      };
    case 'run': {
      const { key, fingerprint, reasons } = decision;
      const sentences = reasons.flatMap(describeReason);
      return { stage: stage.id, state: 'will run', reasons: sentences, key, fingerprint };
    }
    case 'hit': {
      const { fingerprint, provenance, seconds } = knowledge.actions.get(decision.key)!;
      const { run, finished, reasons } = provenance;
      const made = { run, finished, seconds };
      return {
        stage: stage.id,
        state: 'up to date',
        reasons,
        key: decision.key,
        fingerprint,
        made,
      };
    }
  }
}

function format({ stage, state, reasons, key, fingerprint, made }: Explanation): string {
  const lines = [`${stage}: ${state}`];
  if (made) {
    lines.push(
      `  made by run ${made.run} at ${made.finished} in ${duration(made.seconds)}, because`,
    );
  }
  for (const reason of reasons) lines.push(`  - ${reason}`);
  if (key && fingerprint) {
    const { parameters, inputs, environment, code } = fingerprint;
    lines.push(`  key ${key.slice(0, 16)}, made of`);
    lines.push(`    parameters   ${JSON.stringify(parameters)}`);
    for (const [port, digests] of Object.entries(inputs)) {
      const shown = digests.slice(0, 3).map((digest) => digest.slice(0, 12));
      const more = digests.length > 3 ? ` and ${digests.length - 3} more` : '';
      lines.push(`    input        ${port}: ${shown.join(', ')}${more}`);
    }
    for (const [name, value] of Object.entries(environment)) {
      lines.push(`    environment  ${name}: ${value}`);
    }
    const packages = Object.keys(code.packages).length;
    const files = Object.keys(code.files).length;
    lines.push(
      `    code         ${code.digest.slice(0, 12)} (${files} files, ${packages} packages)`,
    );
  }
  return `${lines.join('\n')}\n`;
}
