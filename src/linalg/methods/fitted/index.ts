/** The implementation of each method that uses second moments. `names.ts` has the other facts about them. */
import { statisticsOfMoments } from '../../moments/statistics.ts';
import { randomStream } from '../../random.ts';
import { methodNamed } from '../index.ts';
import type { MethodFacts } from '../names.ts';
import { curWhitened } from './cur-whitened.ts';
import type { Fit } from './layer-to-fit.ts';
import { type FittedMethodName, fittedFacts } from './names.ts';
import { svdWhitened } from './svd-whitened.ts';

export interface FittedMethod extends MethodFacts {
  readonly fit: Fit;
}

function fitOf(name: FittedMethodName): Fit {
  switch (name) {
    case 'svd-whitened':
      return svdWhitened;
    case 'cur-whitened':
      return curWhitened;
    default: {
      const { compress } = methodNamed(name);
      return (layer, rank, options) => {
        const statistics = statisticsOfMoments(layer.weight(), layer.moments());
        // It draws nothing.
        return compress({ ...layer, statistics }, rank, randomStream(0), options);
      };
    }
  }
}

export function fittedMethodNamed(name: FittedMethodName): FittedMethod {
  return { ...fittedFacts.find((facts) => facts.name === name)!, fit: fitOf(name) };
}
