// The words of a call and of its answer, bounded so that judging stays cheap.
import type { Call, ContentPart, Reply } from '@waybill/contracts';
import { Role } from '@waybill/contracts';

const longestText = 8000;

/** What was asked last. */
export function questionOf(call: Call | undefined): string {
  if (call?.task?.$case !== 'chat') return '';
  const asked = call.task.value.messages.findLast(({ role }) => role === Role.USER);
  return textOf(asked?.parts ?? []);
}

export function answerOf(reply: Reply | undefined): string {
  return textOf(reply?.content ?? []);
}

function textOf(parts: readonly ContentPart[]): string {
  const texts = parts.flatMap(({ part }) => (part?.$case === 'text' ? [part.value.text] : []));
  return texts.join('\n').slice(0, longestText);
}

const wordPattern = /[\p{L}\p{N}]+/gu;

/** Lower-case words in order. */
export function wordsOf(text: string): string[] {
  return text.toLowerCase().match(wordPattern) ?? [];
}

const commonWords = new Set(
  (
    'a an and are as at be but by can could did do does for from had has have how i if in into is it its let me my no not of on ' +
    'or our please should so than that the their them then there these they this to us was we were what when where which who ' +
    'why will with would you your'
  ).split(' '),
);

/** Words that carry a subject, cut to their first letters so that forms of a word meet. */
export function subjectsOf(text: string): Set<string> {
  const telling = wordsOf(text).filter((word) => word.length > 2 && !commonWords.has(word));
  return new Set(telling.map((word) => word.slice(0, 5)));
}
