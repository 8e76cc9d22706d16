/** The name of a compression method, a parameter of several stage types. */
import { methodNames, renamedMethods } from '../../linalg/methods/names.ts';
import { choice } from './choice.ts';

export const methodParameter = choice(methodNames, renamedMethods);
