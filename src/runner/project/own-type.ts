/** A stage type of the project's own. The code that bundles it is loaded with the first one. */

type Load = typeof import('../modules/stage-modules.ts').loadStageModule;

export async function loadStageModule(...given: Parameters<Load>): ReturnType<Load> {
  const modules = await import('../modules/stage-modules.ts');
  return modules.loadStageModule(...given);
}
