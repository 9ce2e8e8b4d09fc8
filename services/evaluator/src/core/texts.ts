// The words of a call and of its answer, bounded so that judging stays cheap.
import type { Call, ContentPart, Reply } from '@waybill/contracts';
import { Role } from '@waybill/contracts';

const longestText = 8000;

/** A call and its answer as they are judged. */
export interface Texts {
  /** What was asked last. */
  readonly question: string;
  readonly answer: string;
  /** Lower-case, in order. */
  readonly answerWords: readonly string[];
  /** The answer calls tools. */
  readonly callsTools: boolean;
}

export function textsOf(call: Call | undefined, reply: Reply | undefined): Texts {
  const content = reply?.content ?? [];
  const answer = textOf(content);
  const callsTools = content.some(({ part }) => part?.$case === 'toolCall');
  return { question: questionOf(call), answer, answerWords: wordsOf(answer), callsTools };
}

function questionOf(call: Call | undefined): string {
  if (call?.task?.$case !== 'chat') return '';
  const asked = call.task.value.messages.findLast(({ role }) => role === Role.USER);
  return textOf(asked?.parts ?? []);
}

function textOf(parts: readonly ContentPart[]): string {
  const texts: string[] = [];
  for (const { part } of parts) if (part?.$case === 'text') texts.push(part.value.text);
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
export function subjectsOf(words: readonly string[]): Set<string> {
  const subjects = new Set<string>();
  for (const word of words) if (word.length > 2 && !commonWords.has(word)) subjects.add(word.slice(0, 5));
  return subjects;
}
