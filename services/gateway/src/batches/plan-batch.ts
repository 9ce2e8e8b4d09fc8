// Which provider could work a batch off, and what each entry may cost there at the price of batches.
import type { Candidate, RankResponse } from '@waybill/contracts';
import { batchCallId, FaultError, fault } from '@waybill/kernel';
import { boundInputTokens, capabilitiesNeeded, codecs, estimateInputTokens } from '@waybill/providers';
import { applyPreset } from '../core/apply-preset.ts';
import { boundOption } from '../core/bounds.ts';
import type { CallOption } from '../core/plan.ts';
import { type CallFacts, selectionOf } from '../core/records.ts';
import { faultOfExclusions } from '../core/refusals.ts';
import { type BatchWorld, type IncomingBatch, type IncomingEntry, inSteps } from './batch-world.ts';

export interface PlannedEntry {
  readonly customId: string;
  readonly facts: CallFacts;
  readonly option: CallOption;
  readonly selection: ReturnType<typeof selectionOf>;
  readonly inputTokensBound: number;
}

export interface PlannedBatch {
  readonly batchId: string;
  readonly providerId: string;
  readonly providerKind: string;
  readonly entries: readonly PlannedEntry[];
}

interface RankedEntry {
  readonly customId: string;
  readonly facts: CallFacts;
  readonly ranking: RankResponse;
  readonly inputTokensBound: number;
}

const tier = 'batch';
const rankedAtOnce = 50;
const never = new AbortController().signal;

/** The first provider of the first entry's ranking that could take all of them. Throws a FaultError when there is none. */
export async function planBatch(world: BatchWorld, incoming: IncomingBatch, batchId: string): Promise<PlannedBatch> {
  const numbered = incoming.entries.map((entry, index) => ({ entry, callId: batchCallId(batchId, index + 1) }));
  const ranked = await inSteps(numbered, rankedAtOnce, ({ entry, callId }) => rank(world, incoming, entry, callId));
  const [first] = ranked;
  for (const { providerId, providerKind } of first?.ranking.candidates.filter(takesBatches) ?? []) {
    const chosen = ranked.map((entry) => [entry, candidateAt(entry, providerId)] as const);
    if (!chosen.every(hasCandidate)) continue;
    return {
      batchId,
      providerId,
      providerKind,
      entries: chosen.map(([entry, candidate]) => planned(entry, candidate)),
    };
  }
  throw new FaultError(noProvider);
}

async function rank(
  world: BatchWorld,
  { attribution, dialect }: IncomingBatch,
  { customId, call: asked, bodyBytes }: IncomingEntry,
  callId: string,
): Promise<RankedEntry> {
  const { clock, digests, settings } = world;
  const call = applyPreset(asked, settings.presets);
  const inputTokensBound = boundInputTokens(call);
  const request = {
    callId,
    attribution,
    model: call.model,
    capabilities: capabilitiesNeeded(call),
    inputTokensBound,
    inputTokensEstimate: estimateInputTokens(call),
    maxOutputTokens: call.task?.$case === 'chat' ? call.task.value.maxOutputTokens : undefined,
    preferredProvider: '',
  };
  const { ranking } = await world.rank(request, never);
  if (ranking.candidates.length === 0) throw new FaultError(faultOfExclusions(call.model, ranking.exclusions));
  const requestDigest = digests.ofCall(attribution.tenantId, call);
  const createdAtMicros = clock.nowMicros();
  const facts = { callId, createdAtMicros, attribution, dialect, call, bodyBytes, requestDigest };
  return { customId, facts: { ...facts, idempotencyKeyDigest: '' }, ranking, inputTokensBound };
}

/** A model whose prices have none for batches could not be rated afterwards. */
function takesBatches({ providerKind, priceCard }: Candidate): boolean {
  if (codecs[providerKind]?.batches === undefined) return false;
  const row = priceCard?.row;
  return row === undefined || row.free || Object.hasOwn(row.tiers, tier);
}

function candidateAt({ ranking }: RankedEntry, providerId: string): Candidate | undefined {
  return ranking.candidates.find((candidate) => candidate.providerId === providerId && takesBatches(candidate));
}

function hasCandidate(pair: readonly [RankedEntry, Candidate | undefined]): pair is readonly [RankedEntry, Candidate] {
  return pair[1] !== undefined;
}

function planned({ customId, facts, ranking, inputTokensBound }: RankedEntry, candidate: Candidate): PlannedEntry {
  const option = boundOption(facts.call, candidate, { tier });
  return { customId, facts, option, selection: selectionOf(ranking, [option]), inputTokensBound };
}

const noProvider = fault(
  'invalid',
  'no provider that takes batches, with models that have a price for them, could work off all entries of this one',
  { details: { reason: 'no_batch_provider' } },
);
