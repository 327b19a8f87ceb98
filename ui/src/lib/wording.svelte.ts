// Text in the current language; reactive, so that readers update when the language changes.

import type { Problem } from './contract/Problem';
import {
  areLoaded,
  languageOf,
  loadWords,
  Words,
  type Language,
  type ProblemWords,
  type Values,
} from './words';

class Wording {
  #words = $state.raw(new Words(languageOf(navigator.language)));
  #wanted: Language = this.#words.language;

  get words(): Words {
    return this.#words;
  }

  get language(): Language {
    return this.#words.language;
  }

  /** Accepts a tag such as `ko-KR`; an unknown one keeps the language. Resolves once its texts are loaded. */
  async speak(tag: string): Promise<void> {
    const language = languageOf(tag, this.language);
    this.#wanted = language;
    if (!areLoaded(language)) await loadWords(language);
    // Another language may have been requested meanwhile.
    if (this.#wanted !== language) return;
    if (language !== this.language) this.#words = new Words(language);
    document.documentElement.lang = language;
  }
}

export const wording = new Wording();

export function text(id: string, values?: Values): string {
  return wording.words.text(id, values);
}

export function problemWords(problem: Problem): ProblemWords {
  return wording.words.problem(problem);
}

let other: Words | undefined;

/** The catalogue's other language, also searched for text. Its texts may still be loading. */
export function otherWords(): Words {
  const language = wording.language === 'en' ? 'ko' : 'en';
  if (other?.language !== language) other = new Words(language);
  if (!areLoaded(language)) void loadWords(language);
  return other;
}
