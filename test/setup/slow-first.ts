/** Files that start the built program take longest: they come first, so that no core is idle at the end. */
import { BaseSequencer, type TestSpecification } from 'vitest/node';

export default class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isProgram = ({ project }: TestSpecification): boolean => project.name === 'program';
    return [...sorted.filter(isProgram), ...sorted.filter((one) => !isProgram(one))];
  }
}
