/** The name of a compression method, as several stage types take it. */
import { methodNames, renamedMethods } from '../../linalg/methods/names.ts';
import { choice } from './choice.ts';

export const methodParameter = choice(methodNames, renamedMethods);
