/** Prints the tests that were skipped, each with its reason. */
import type { TestModule } from 'vitest/node';

export default class Skipped {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const lines = modules.flatMap((one) =>
      [...one.children.allTests('skipped')].map((test) => {
        const result = test.result();
        const note = result.state === 'skipped' ? result.note : undefined;
        return `  ${one.relativeModuleId} > ${test.fullName}${note === undefined ? '' : `: ${note}`}`;
      }),
    );
    if (lines.length > 0) console.log(`Skipped:\n${lines.join('\n')}\n`);
  }
}
