// Whether the answer is about what was asked.
import type { Call, Reply } from '@waybill/contracts';
import type { Judgement } from './judgement.ts';
import { answerOf, questionOf, subjectsOf } from './texts.ts';

/** The share of the question's subjects that makes full marks; answers rarely repeat them all. */
const shareForFullMarks = 0.5;

export function judgeRelevance(call: Call | undefined, reply: Reply | undefined): Judgement {
  const chosenTool = reply?.content.some(({ part }) => part?.$case === 'toolCall') ?? false;
  if (chosenTool) return { basisPoints: 10_000, signals: [] };
  const asked = subjectsOf(questionOf(call));
  if (asked.size === 0) return { basisPoints: 10_000, signals: [] };
  const answered = subjectsOf(answerOf(reply));
  const met = [...asked].filter((subject) => answered.has(subject)).length;
  const share = Math.min(1, met / asked.size / shareForFullMarks);
  return { basisPoints: Math.round(share * 10_000), signals: met === 0 ? ['off_topic'] : [] };
}
