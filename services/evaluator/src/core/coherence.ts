// Whether the answer hangs together: no loops, no broken ends, no garbage.
import type { Judgement } from './judgement.ts';
import type { Texts } from './texts.ts';

const wordsToJudgeRepetition = 12;

export function judgeCoherence({ answer, answerWords }: Texts): Judgement {
  const signals: string[] = [];
  let basisPoints = 10_000;
  const lower = (signal: string, by: number) => {
    signals.push(signal);
    basisPoints -= by;
  };
  const repeated = repetitionOf(answerWords);
  if (repeated > 0.5) lower('repetitive', Math.round(repeated * 8000));
  if ((answer.match(/^```/gm)?.length ?? 0) % 2 === 1) lower('open_code_block', 2000);
  if (/\uFFFD|\p{Cc}(?<![\n\r\t])/u.test(answer)) lower('garbage', 3000);
  if (endsMidSentence(answer)) lower('no_ending', 1000);
  return { basisPoints: Math.max(0, basisPoints), signals };
}

/** The share of three-word runs that were there before, 0 to 1. */
function repetitionOf(words: readonly string[]): number {
  if (words.length < wordsToJudgeRepetition) return 0;
  const numbers = new Map<string, number>();
  const numbered = words.map((word) => {
    const number = numbers.get(word) ?? numbers.size;
    if (number === numbers.size) numbers.set(word, number);
    return number;
  });
  // One number for three words: of at most 4,000 words the largest is below 2^36.
  const runs = new Set<number>();
  for (let index = 0; index + 2 < words.length; index += 1) {
    runs.add((numbered[index]! * numbers.size + numbered[index + 1]!) * numbers.size + numbered[index + 2]!);
  }
  return 1 - runs.size / (words.length - 2);
}

/** Prose of several sentences that stops on a letter or a comma. */
function endsMidSentence(answer: string): boolean {
  const text = answer.trimEnd();
  return /[.!?]\s/.test(text) && /[\p{Ll},;]$/u.test(text);
}
