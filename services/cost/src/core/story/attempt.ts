// What was held for an attempt, what it used, and what that cost.
import {
  type AttemptEnded,
  AttemptOutcome,
  type AttemptStarted,
  finishReasonToJSON,
  type RatedLine,
  type Rating,
  type Usage,
  type UsageCorrected,
} from '@waybill/contracts';
import { standingOf } from '../fact.ts';
import { inputTokensOf, outputTokensOf } from '../tokens.ts';
import { dollars } from './money.ts';
import { count, faultText, plain, sentences } from './words.ts';

export function tellStarted(started: AttemptStarted): string {
  const { attemptNumber, modelId, providerId, upstreamModel, simulated, priceCard, reservation } = started;
  const hold = reservation?.holdPicoUsd;
  const bounds =
    reservation && `up to ${reservation.inputTokensBound} tokens in and ${reservation.outputTokensBound} out`;
  const limits = reservation?.reserved ?? [];
  return sentences(
    `Attempt ${attemptNumber} was sent to ${modelId} at ${providerId}`,
    upstreamModel !== modelId && `(there: ${upstreamModel})`,
    simulated && '(a simulator)',
    priceCard ? `at the prices of version ${priceCard.priceVersion}.` : 'without prices.',
    hold === undefined ? 'No money was held.' : `${dollars(hold)} was held, for ${bounds}.`,
    limits.length > 0 && `It was counted against ${limits.join(', ')}.`,
  );
}

const outcomes: Readonly<Record<AttemptOutcome, string>> = {
  [AttemptOutcome.UNSPECIFIED]: 'ended',
  [AttemptOutcome.COMPLETED]: 'completed',
  [AttemptOutcome.FAILED]: 'failed',
  [AttemptOutcome.ABANDONED]: 'was left by the client before its end',
  [AttemptOutcome.LOST]: 'was lost: the gateway died and nobody saw its end',
};

export function tellEnded(ended: AttemptEnded): string {
  const { attemptNumber, outcome, timings, finish, fault, usage, rating, uncertainPicoUsd, overrunPicoUsd } = ended;
  const finished = finish && finishReasonToJSON(finish.reason).replace('FINISH_REASON_', '').toLowerCase();
  const time = timings ? ` after ${timings.totalMs} ms` : '';
  const found = finish && finish.filterCategories.length > 0 ? ` (${finish.filterCategories.join(', ')})` : '';
  const why = finished ? `, finish reason ${plain(finished)}${found}` : '';
  return sentences(
    `Attempt ${attemptNumber} ${outcomes[outcome]}${time}${why}.`,
    fault && `The reason: ${faultText(fault)}.`,
    tellUsage(usage),
    tellCost(usage, rating),
    uncertainPicoUsd > 0n && `${dollars(uncertainPicoUsd)} more of what was held stays counted as uncertain.`,
    overrunPicoUsd > 0n && `That is ${dollars(overrunPicoUsd)} above what was held.`,
    ended.replayed && 'The answer was a recording that was played back: no provider was asked.',
    ended.swept && 'It was put on the books by the sweeper.',
  );
}

export function tellCorrected(corrected: UsageCorrected): string {
  const { usage, rating, differencePicoUsd, releasedPicoUsd, replacesEventId, reason } = corrected;
  return sentences(
    `The usage was corrected (${plain(reason) || 'no reason given'}); this replaces ${replacesEventId}.`,
    tellUsage(usage),
    tellCost(usage, rating),
    `The difference is ${dollars(differencePicoUsd)}.`,
    releasedPicoUsd !== 0n && `${dollars(releasedPicoUsd)} is no longer uncertain.`,
  );
}

function tellUsage(usage: Usage | undefined): string {
  const standing = standingOf(usage, undefined);
  if (usage === undefined) return 'It used nothing.';
  if (standing === 'unknown') return 'What it used is unknown.';
  const uses = Object.entries(usage.uses).map(([name, times]) => `, ${plain(name)} ${times} times`);
  const tokens = `${count(inputTokensOf(usage), 'token')} in and ${outputTokensOf(usage)} out${uses.join('')}`;
  const doubts = usage.suspicions.length > 0 ? `; doubtful: ${usage.suspicions.map(plain).join(', ')}` : '';
  return `It used ${tokens}${doubts}.`;
}

function tellCost(usage: Usage | undefined, rating: Rating | undefined): string | undefined {
  switch (standingOf(usage, rating)) {
    case 'none':
      return 'It cost nothing.';
    case 'unknown':
      return 'Its cost is unknown, which is not zero.';
    case 'unpriced':
      return 'It has no cost, since its model has no prices.';
    case 'estimated':
      return (
        rating && `${tellRating(rating)} This is an estimate: the provider reported no final usage that can be priced.`
      );
    default:
      return rating && tellRating(rating);
  }
}

function tellRating({ amountPicoUsd, priceVersion, table, lines }: Rating): string {
  const version = priceVersion === '' ? '' : ` at price version ${priceVersion}`;
  const parts = lines.map(tellLine).join(', ');
  return `It cost ${dollars(amountPicoUsd)}${version}, table ${plain(table)}${parts === '' ? '' : `: ${parts}`}.`;
}

function tellLine({ class: lineClass, quantity, unitPricePicoUsd, factor, amountPicoUsd }: RatedLine): string {
  const times = factor ? ` x ${factor.numerator}/${factor.denominator}` : '';
  return `${plain(lineClass)} ${quantity} x ${dollars(unitPricePicoUsd)}${times} = ${dollars(amountPicoUsd)}`;
}
