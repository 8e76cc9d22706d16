/** Names of stages and their instances. */

/** The name of the stage in an instance's id: `train` of `train[seed=0]`. */
export function stageOfInstance(id: string): string {
  return id.split('[', 1)[0] ?? id;
}

/** A sentence that is the same for all instances: `input model: other content from load[...]`. */
export function withoutAxes(text: string): string {
  return text.replace(/\[[^\]\n]*=[^\]\n]*\]/g, '[...]');
}
