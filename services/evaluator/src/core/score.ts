// The score of an answer from signals that cost no model call. Same answer, same score.
import type { Call, Reply, Score } from '@waybill/contracts';
import { judgeCoherence } from './coherence.ts';
import { judgeCompleteness } from './completeness.ts';
import { judgeRelevance } from './relevance.ts';
import { textsOf } from './texts.ts';

export const evaluatorVersion = 'signals-1';

/** Of 100: how much of the answer is there, whether it is to the point, whether it hangs together. */
const weights = { completeness: 40, relevance: 35, coherence: 25 };

export function scoreOf(call: Call | undefined, reply: Reply | undefined): Score {
  const texts = textsOf(call, reply);
  const completeness = judgeCompleteness(call, reply, texts);
  const empty = texts.answer === '' && completeness.basisPoints === 0;
  const relevance = empty ? nothing : judgeRelevance(texts);
  const coherence = empty ? nothing : judgeCoherence(texts);
  const weighted =
    weights.completeness * completeness.basisPoints +
    weights.relevance * relevance.basisPoints +
    weights.coherence * coherence.basisPoints;
  return {
    overallBasisPoints: Math.round(weighted / 100),
    completenessBasisPoints: completeness.basisPoints,
    relevanceBasisPoints: relevance.basisPoints,
    coherenceBasisPoints: coherence.basisPoints,
    signals: [...completeness.signals, ...relevance.signals, ...coherence.signals],
    evaluatorVersion,
  };
}

const nothing = { basisPoints: 0, signals: [] };
