// Rates recorded usage again, by the price card that was pinned for it, and compares.
import { type AttemptStarted, type PriceCard, Rating, type Usage, UsageSource } from '@waybill/contracts';
import { addPico, type PicoUsd } from '@waybill/kernel';
import { RATER_VERSION, rate } from '@waybill/rating';
import { standingOf } from './fact.ts';

/** What an attempt was agreed to be priced by. */
export interface Terms {
  readonly modelId: string;
  readonly priceCard: PriceCard | undefined;
  readonly holdPicoUsd: PicoUsd | undefined;
}

export function termsOf({ modelId, priceCard, reservation }: AttemptStarted): Terms {
  return { modelId, priceCard, holdPicoUsd: reservation?.holdPicoUsd };
}

export type RatingCheck =
  | { readonly kind: 'right' }
  /** Rated by another version of the rater, which this one cannot repeat. */
  | { readonly kind: 'other_rater' }
  | { readonly kind: 'wrong'; readonly why: string };

const right: RatingCheck = { kind: 'right' };

export function checkRating(usage: Usage | undefined, rating: Rating | undefined, terms: Terms): RatingCheck {
  const standing = standingOf(usage, rating);
  if (usage === undefined || standing === 'none' || standing === 'unknown') {
    return rating === undefined ? right : wrong(`books ${rating.amountPicoUsd} where the usage is ${standing}`);
  }
  if (rating === undefined) return checkUnpriced(usage, terms);
  const sum = addPico(rating.lines.map((line) => line.amountPicoUsd));
  if (sum !== rating.amountPicoUsd) return wrong(`its lines add up to ${sum}, not to ${rating.amountPicoUsd}`);
  if (rating.table === 'hold') return checkAtHold(rating, terms);
  if (terms.priceCard === undefined) return wrong(`books ${rating.amountPicoUsd} and no prices were agreed`);
  if (rating.raterVersion !== RATER_VERSION) return { kind: 'other_rater' };
  const again = rate(usage, terms.priceCard, terms.modelId);
  if (!again.ok) return wrong(`its price card cannot price it: ${again.fault.message}`);
  if (again.value !== null && textOf(again.value) === textOf(rating)) return right;
  return wrong(`rated again it comes to ${again.value?.amountPicoUsd}, on record are ${rating.amountPicoUsd}`);
}

/** Reported usage is always priced where there are prices. */
function checkUnpriced(usage: Usage, { priceCard }: Terms): RatingCheck {
  const isPriceable = usage.source === UsageSource.REPORTED && priceCard !== undefined;
  return isPriceable ? wrong('its model has prices and nothing is booked') : right;
}

function checkAtHold({ amountPicoUsd }: Rating, { holdPicoUsd }: Terms): RatingCheck {
  return amountPicoUsd === holdPicoUsd
    ? right
    : wrong(`is booked at a hold of ${amountPicoUsd}, held was ${holdPicoUsd}`);
}

function wrong(why: string): RatingCheck {
  return { kind: 'wrong', why };
}

function textOf(rating: Rating): string {
  return JSON.stringify(Rating.toJSON(rating));
}
