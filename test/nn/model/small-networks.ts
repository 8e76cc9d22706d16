/** Descriptions of small networks. */
import { vgg11 } from '../../../src/nn/model/vgg.ts';

export const tiny = vgg11({ input: [32, 32, 1], classes: 4, width: 1 / 64, hidden: 6, pool: 2 });
