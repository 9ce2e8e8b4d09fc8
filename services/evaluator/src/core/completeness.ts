// Whether the answer is all there.
import type { Call, Reply } from '@waybill/contracts';
import { FinishReason, OutputFormat_Kind } from '@waybill/contracts';
import type { Judgement } from './judgement.ts';
import type { Texts } from './texts.ts';

/** Full marks less what is missing: the end, the text, the form that was asked for, or an answer to each question. */
export function judgeCompleteness(call: Call | undefined, reply: Reply | undefined, texts: Texts): Judgement {
  const { answer, callsTools } = texts;
  if (answer.trim() === '' && !callsTools) return { basisPoints: 0, signals: ['empty'] };
  const signals: string[] = [];
  let basisPoints = 10_000;
  const lower = (signal: string, by: number) => {
    signals.push(signal);
    basisPoints -= by;
  };
  const reason = reply?.finish?.reason;
  if (reason === FinishReason.LENGTH) lower('cut_off', 4000);
  if (reason === FinishReason.CONTENT_FILTER) lower('filtered', 6000);
  if (!callsTools && wantsJson(call) && !isJson(answer)) lower('not_json', 5000);
  if (!callsTools && tooShortFor(texts)) lower('short', 3000);
  return { basisPoints: Math.max(0, basisPoints), signals };
}

function wantsJson(call: Call | undefined): boolean {
  if (call?.task?.$case !== 'chat') return false;
  const kind = call.task.value.outputFormat?.kind;
  return kind === OutputFormat_Kind.JSON_OBJECT || kind === OutputFormat_Kind.JSON_SCHEMA;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

const wordsToAPoint = 3;

/** Several questions or listed points call for at least a few words each. */
function tooShortFor({ question, answerWords }: Texts): boolean {
  const questions = question.match(/\?/g)?.length ?? 0;
  const listed = question.match(/^\s*(?:\d+[.)]|[-*])\s/gm)?.length ?? 0;
  const points = Math.max(questions, listed);
  return points > 1 && answerWords.length < points * wordsToAPoint;
}
