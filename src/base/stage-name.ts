/** The name of the stage in an instance's id: `train` of `train[seed=0]`. */
export function stageOfInstance(id: string): string {
  return id.split('[', 1)[0] ?? id;
}
