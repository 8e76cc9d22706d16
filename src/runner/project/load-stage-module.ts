/** Loads a stage type of the project. The code that bundles it is imported on demand. */

type Load = typeof import('../modules/stage-modules.ts').loadStageModule;

export async function loadStageModule(...given: Parameters<Load>): ReturnType<Load> {
  const modules = await import('../modules/stage-modules.ts');
  return modules.loadStageModule(...given);
}
