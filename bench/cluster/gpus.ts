/** Stages that need a GPU: no two of them have the same device of a node at the same time. */
import { checkDone, checkSuccess, onCluster, type Scenario } from './scenario.ts';

export const gpus: Scenario = (given) =>
  onCluster(given, { gpus: 2 }, async (stage) => {
    const { project, head, faults, short } = stage;
    const parts = short ? 8 : 24;
    project.writeParts(parts, 'sleep 1', { more: 'resources: { gpu: 1 }' });
    await checkSuccess(head(), faults);
    const used = new Set<string>();
    const busy = new Map<string, string>();
    for (const { what, stage: name, host, gpus } of project.lines) {
      if (!name.startsWith('part')) continue;
      if (!/^\d$/.test(gpus)) faults.push(`${name} has the GPUs "${gpus}"`);
      const device = `${host}/${gpus}`;
      used.add(device);
      if (what === 'end') busy.delete(device);
      else if (busy.has(device)) faults.push(`${name} and ${busy.get(device)} share ${device}`);
      else busy.set(device, name);
    }
    return { ...(await checkDone(stage, parts + 1)), devices: [...used].sort() };
  });
