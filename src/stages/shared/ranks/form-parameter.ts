/** The form in which a CUR is stored. */
import * as v from 'valibot';
import { forms } from '../../../linalg/methods/names.ts';

export const formParameter = v.optional(
  v.nullable(
    v.pipe(
      v.picklist(forms),
      v.description(
        'For a CUR: the form in which the layer is stored. The default depends on the method.',
      ),
    ),
  ),
  null,
);
