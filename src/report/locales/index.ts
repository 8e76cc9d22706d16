/** The report's texts, by language. */

import { en } from './en.ts';
import { ru } from './ru.ts';
import type { Language, Texts } from './texts.ts';

const TEXTS: Readonly<Record<Language, Texts>> = { en, ru };

export function textsOf(language: Language): Texts {
  return TEXTS[language];
}
