/** Runs the test files that start the built program first. They take longest, and no core should be idle at the end. */
import { BaseSequencer, type TestSpecification } from 'vitest/node';

export default class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isProgram = ({ project }: TestSpecification): boolean => project.name === 'program';
    return [...sorted.filter(isProgram), ...sorted.filter((one) => !isProgram(one))];
  }
}
