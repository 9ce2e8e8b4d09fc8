// The words of a question that say what it is about.
import type { WordSource } from './schema-value.ts';

const WORD = /[\p{L}\p{N}][\p{L}\p{N}'_-]*/gu;
const LONGEST_LOOK = 240;
const MOST_WORDS = 8;
const common = new Set(
  (
    'a about an and any are as at be but by can could did do does for from give had has have how i if in is it its ' +
    'just like make me my no not of on one only or our please say should so some tell that the their them then there ' +
    'these they this to up use using was we were what when where which who why will with would write you your'
  ).split(' '),
);

/** Up to eight telling words, names first, in the order of the text; at least one. */
export function topicWords(text: string): string[] {
  const found = text.slice(0, LONGEST_LOOK).match(WORD) ?? [];
  const telling = new Set<string>();
  for (const word of found) {
    if (word.length > 1 && !common.has(word.toLowerCase())) telling.add(word);
    if (telling.size === MOST_WORDS) break;
  }
  return telling.size > 0 ? [...telling] : ['this'];
}

/** Words to fill arguments with: names (not at the start of the text) come before the others. */
export function argumentWords(text: string, skip: number): WordSource {
  const topics = topicWords(text);
  const isName = (word: string) => /^\p{Lu}/u.test(word) && !text.startsWith(word);
  const ordered = [...topics.filter(isName), ...topics.filter((word) => !isName(word))];
  let position = skip;
  return {
    next() {
      const word = ordered[position % ordered.length] as string;
      position += 1;
      return word;
    },
  };
}
