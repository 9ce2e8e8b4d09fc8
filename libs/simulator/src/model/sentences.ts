// Readable text about the question: enough for a reader, or an evaluator, to see that it was answered.
import { pick, type Random } from '../random.ts';
import { splitTokens } from './tokens.ts';
import { topicWords } from './words.ts';

const openings = [
  'Here is what matters about {topic}.',
  'A short answer about {topic} follows.',
  'Let us look at {topic}.',
];
const middles = [
  '{Word} is best understood together with {other}, because each explains the other.',
  'The main point is that {word} depends on {other}.',
  'In practice {word} comes first and {other} follows from it.',
  'For example, {word} changes as soon as {other} does.',
];
const closings = [
  'In short, {word} is the part to remember.',
  'That is why {word} and {other} belong together.',
  'Start with {word} and the rest is easy.',
];

/** Two to five sentences that answer a question in its own words. */
export function answerText(question: string, random: Random): string {
  const words = topicWords(question);
  const topic = words.slice(0, 4).join(', ');
  const count = 1 + Math.floor(random() * 3);
  const body = Array.from({ length: count }, () => filled(pick(random, middles), words, random));
  return [
    pick(random, openings).replace('{topic}', topic),
    ...body,
    filled(pick(random, closings), words, random),
  ].join(' ');
}

/** An answer of exactly so many tokens. */
export function answerOfLength(question: string, random: Random, tokens: number): string[] {
  const pieces: string[] = [];
  while (pieces.length < tokens) {
    const lead = pieces.length === 0 ? '' : ' ';
    pieces.push(...splitTokens(lead + answerText(question, random)));
  }
  return pieces.slice(0, tokens);
}

function filled(sentence: string, words: readonly string[], random: Random): string {
  const first = Math.floor(random() * words.length);
  const word = words[first] as string;
  const other = words[(first + 1) % words.length] as string;
  return sentence
    .replace('{word}', word)
    .replace('{other}', other)
    .replace('{Word}', word.charAt(0).toUpperCase() + word.slice(1));
}
