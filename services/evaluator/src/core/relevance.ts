// Whether the answer is about what was asked.
import type { Judgement } from './judgement.ts';
import { subjectsOf, type Texts, wordsOf } from './texts.ts';

/** The share of the question's subjects that makes full marks; answers rarely repeat them all. */
const shareForFullMarks = 0.5;

export function judgeRelevance({ question, answerWords, callsTools }: Texts): Judgement {
  if (callsTools) return { basisPoints: 10_000, signals: [] };
  const asked = subjectsOf(wordsOf(question));
  if (asked.size === 0) return { basisPoints: 10_000, signals: [] };
  const answered = subjectsOf(answerWords);
  const met = [...asked].filter((subject) => answered.has(subject)).length;
  const share = Math.min(1, met / asked.size / shareForFullMarks);
  return { basisPoints: Math.round(share * 10_000), signals: met === 0 ? ['off_topic'] : [] };
}
