/** Runs the longest test files first, then the others that start the built program. No core should be idle at the end. */
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The first three mostly wait, so others compute meanwhile. */
const LONGEST = [
  'cluster/runs',
  'remote/faults',
  'stages/command-stop',
  'program/build',
  'docs/consoles',
  'program/whole-run',
].map((name) => `/test/${name}.test.ts`);

export default class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.sort((a, b) => placeOf(a) - placeOf(b));
  }
}

function placeOf({ moduleId, project }: TestSpecification): number {
  const place = LONGEST.findIndex((end) => moduleId.endsWith(end));
  if (place >= 0) return place;
  return LONGEST.length + (project.name === 'program' ? 0 : 1);
}
