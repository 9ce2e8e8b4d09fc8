// What the command line and scripts see of budgets, limits, keys and the rest: snake_case, amounts as strings.
import {
  type BudgetStanding,
  type ExplainedStep,
  type LimitStanding,
  limitKindToJSON,
  type ModelListing,
  type ProviderStanding,
  type Spend,
} from '@waybill/contracts';
import type { ModelStanding } from '../core/model-standing.ts';
import type { KnownKey } from '../keys/key-book.ts';

export function budgetView(budget: BudgetStanding) {
  return {
    id: budget.id,
    amount_pico_usd: String(budget.amountPicoUsd),
    spent_pico_usd: String(budget.spentPicoUsd),
    held_pico_usd: String(budget.heldPicoUsd),
    uncertain_pico_usd: String(budget.uncertainPicoUsd),
    free_pico_usd: String(budget.freePicoUsd),
    period: budget.period,
    period_started_at: instant(budget.periodStartedAtMicros),
    period_ends_at: instant(budget.periodEndsAtMicros),
    scope: budget.scope,
  };
}

export function limitView(limit: LimitStanding) {
  return {
    id: limit.id,
    kind: limitKindToJSON(limit.kind).replace('LIMIT_KIND_', '').toLowerCase(),
    amount: String(limit.amount),
    used: String(limit.used),
    held: String(limit.held),
    scope: limit.scope,
  };
}

export function modelView(model: ModelListing) {
  const { snapshot } = model;
  return {
    id: model.id,
    kind: model.kind,
    name: model.displayName,
    owned_by: model.ownedBy,
    available: model.available,
    upstream_model: model.upstreamModel,
    snapshot: snapshot
      ? {
          version: snapshot.version,
          released: snapshot.released,
          knowledge_cutoff: snapshot.knowledgeCutoff,
          training_data_until: snapshot.trainingDataUntil,
          pinned_date: snapshot.pinnedDate,
        }
      : null,
    capabilities: model.capabilities,
    context_window: model.contextWindow,
    max_output_tokens: model.maxOutputTokens,
  };
}

export function standingView(model: ModelStanding) {
  return {
    id: model.id,
    provider: model.provider,
    upstream_model: model.upstreamModel,
    version: model.version,
    listed: model.listed,
    newest_snapshot: model.newestSnapshot,
    note: model.note,
  };
}

export function keyView(key: KnownKey) {
  return {
    id: key.keyId,
    tenant: key.tenantId,
    project: key.projectId,
    prefix: key.displayPrefix,
    origin: key.origin,
    issued_at: instant(key.issuedAtMicros),
    expires_at: instant(key.expiresAtMicros),
    revoked: key.isRevoked,
    manages_provider_keys: key.managesProviderKeys,
  };
}

export function providerView(provider: ProviderStanding) {
  return {
    id: provider.providerId,
    kind: provider.kind,
    healthy: provider.healthy,
    breakers: provider.breakers,
    simulated: provider.simulated,
    last_fault: provider.lastFault,
  };
}

export function spendView(spend: Spend) {
  return {
    value: spend.value,
    amount_pico_usd: spend.amountPicoUsd,
    estimated_pico_usd: spend.estimatedPicoUsd,
    attempts: String(spend.attempts),
    unknown_attempts: String(spend.unknownAttempts),
    input_tokens: String(spend.inputTokens),
    output_tokens: String(spend.outputTokens),
  };
}

export function stepView(step: ExplainedStep) {
  return {
    at: instant(step.occurredAtMicros),
    event_type: step.eventType,
    sentence: step.sentence,
    event: JSON.parse(step.eventJson) as unknown,
  };
}

export function instant(micros: bigint | undefined): string | null {
  return micros === undefined ? null : new Date(Number(micros / 1_000n)).toISOString();
}
