/**
 * Prints the tests that were skipped, each with its reason, and the files that did not finish because their process
 * ended. Vitest only reports that a process ended.
 */
import type { ChildProcess } from 'node:child_process';
import { subscribe } from 'node:diagnostics_channel';
import type { TestCase, TestModule, TestRunEndReason } from 'vitest/node';

export default class Unrun {
  /** How processes of tests ended, unless it was as usual. */
  private readonly ends: string[] = [];

  constructor() {
    subscribe('child_process', (message) => {
      const { process: child } = message as { readonly process: ChildProcess };
      child.once('exit', (code, signal) => {
        const isOfTests = child.spawnargs.some((word) => /vitest.*workers/.test(word));
        // Vitest stops its processes with SIGTERM.
        if (isOfTests && code !== 0 && signal !== 'SIGTERM') {
          this.ends.push(signal ?? `exit code ${code}`);
        }
      });
    });
  }

  onTestRunEnd(modules: readonly TestModule[], _errors: unknown, reason: TestRunEndReason): void {
    print('Skipped', modules.flatMap(skippedOf));
    if (reason === 'interrupted') return;
    const ended = `Not finished, because their process ended (${this.ends.join(', ')})`;
    print(ended, modules.filter(isUnfinished).map(unfinishedOf));
  }
}

function print(title: string, lines: readonly string[]): void {
  if (lines.length > 0) console.log(`${title}:\n${lines.join('\n')}\n`);
}

function skippedOf(one: TestModule): string[] {
  return [...one.children.allTests('skipped')].map((test) => {
    const result = test.result();
    const note = result.state === 'skipped' ? result.note : undefined;
    return `  ${nameOf(test)}${note === undefined ? '' : `: ${note}`}`;
  });
}

function isUnfinished(one: TestModule): boolean {
  return one.state() === 'pending' || one.state() === 'queued';
}

/** The last results of a process can be lost, so the test that ended it is the named one or one of the next. */
function unfinishedOf(one: TestModule): string {
  const [test] = one.children.allTests('pending');
  return `  ${test ? `${nameOf(test)}, or a test after it` : one.relativeModuleId}`;
}

function nameOf(test: TestCase): string {
  return `${test.module.relativeModuleId} > ${test.fullName}`;
}
