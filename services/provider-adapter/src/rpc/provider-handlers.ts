// ProviderService over the configured targets and their breakers.
import type { AttemptRequest, AttemptResponse, ProviderServiceDefinition, ProviderStanding } from '@waybill/contracts';
import { type Clock, FaultError, fault, type Result } from '@waybill/kernel';
import type { Handlers } from '@waybill/rpc';
import { type AttemptFault, unsentFault } from '../core/outcome.ts';
import { noProgress } from '../core/progress.ts';
import type { Target } from '../ports.ts';
import { type AttemptEnd, resultOf } from '../usecases/attempt-result.ts';
import type { Breakers } from '../usecases/breakers.ts';
import { countTokens } from '../usecases/count-tokens.ts';
import { listUpstreamModels } from '../usecases/list-upstream-models.ts';
import { makeAttempt } from '../usecases/make-attempt.ts';
import type { ObserveAttempt } from '../usecases/observe-attempt.ts';
import type { TenantTargets } from '../usecases/tenant-targets.ts';

export interface ProviderParts {
  readonly targets: ReadonlyMap<string, Target>;
  readonly breakers: Breakers;
  readonly clock: Clock;
  readonly observe: ObserveAttempt;
  /** Default: no tenant has a key of its own. */
  readonly tenants?: Pick<TenantTargets, 'choose'>;
}

const withoutOwnKeys: Pick<TenantTargets, 'choose'> = { choose: (value) => ({ ok: true, value }) };

export function providerHandlers({
  targets,
  breakers,
  clock,
  observe,
  tenants = withoutOwnKeys,
}: ProviderParts): Handlers<ProviderServiceDefinition> {
  const lastFaults = new Map<string, string>();

  function attemptBy(chosen: Result<Target>, request: AttemptRequest, signal: AbortSignal) {
    if (!chosen.ok) return refusal(unsentFault(chosen.fault, { same: false, other: true }));
    const target = chosen.value;
    const guarded = { providerId: accountOf(target), upstreamModel: request.upstreamModel };
    const passage = breakers.enter(guarded);
    if (!passage.passes) return refusal(breakerOpen(request, passage.waitMs));
    const observed = observe(request, target);
    const over = (end: AttemptEnd | undefined) => {
      observed(end);
      breakers.leave(guarded, outcomeOf(end));
      if (end?.fault !== undefined) lastFaults.set(request.providerId, end.fault.message);
    };
    return makeAttempt(request, { target, clock, signal, over });
  }

  async function* attemptLater(chosen: Promise<Result<Target>>, request: AttemptRequest, signal: AbortSignal) {
    yield* attemptBy(await chosen, request, signal);
  }

  return {
    attempt(request, { signal }) {
      const chosen = tenants.choose(targetFor(targets, request), request.tenantId);
      return chosen instanceof Promise ? attemptLater(chosen, request, signal) : attemptBy(chosen, request, signal);
    },
    async countTokens(request, { signal }) {
      const chosen = await tenants.choose(targetFor(targets, request), request.tenantId);
      if (!chosen.ok) throw new FaultError(chosen.fault);
      return { inputTokens: await countTokens(request, { target: chosen.value, clock, signal }) };
    },
    async listProviders() {
      const providers = [...targets.values()].map((target) => standingOf(target, breakers, lastFaults));
      return { providers };
    },
    async listUpstreamModels({ providerId }, { signal }) {
      const asked = providerId === '' ? [...targets.values()] : [targetFor(targets, { providerId })];
      return { providers: await Promise.all(asked.map((target) => listUpstreamModels(target, { clock, signal }))) };
    },
  };
}

function targetFor(targets: ReadonlyMap<string, Target>, { providerId }: Pick<AttemptRequest, 'providerId'>): Target {
  const target = targets.get(providerId);
  if (target !== undefined) return target;
  const details = { provider: providerId };
  throw new FaultError(fault('not_found', `no provider ${providerId} is configured here`, { details }));
}

/** A tenant's own key that is refused, or an address of its own that fails, says nothing of the others. */
function accountOf({ providerId, tenantKeyId }: Target): string {
  return tenantKeyId === '' ? providerId : `${providerId}#${tenantKeyId}`;
}

function outcomeOf(end: AttemptEnd | undefined): 'succeeded' | 'provider_failed' | 'says_nothing' {
  if (end === undefined) return 'says_nothing';
  if (end.fault === undefined) return 'succeeded';
  return end.fault.providerAtFault ? 'provider_failed' : 'says_nothing';
}

function breakerOpen({ providerId, upstreamModel }: AttemptRequest, waitMs: number): AttemptFault {
  const message = `${upstreamModel} at ${providerId} failed several times in a row and is left alone for ${waitMs} ms`;
  const refused = fault('unavailable', message, { details: { reason: 'breaker_open' }, retryAfterMs: waitMs });
  return unsentFault(refused, { same: false, other: true });
}

async function* refusal(failed: AttemptFault): AsyncGenerator<AttemptResponse> {
  const answered = { status: 0, headers: {} };
  const end: AttemptEnd = { fault: failed, progress: noProgress(), answered, rawUsage: '', firstByteMs: 0, totalMs: 0 };
  yield { update: { $case: 'result', value: resultOf(end) } };
}

function standingOf(target: Target, breakers: Breakers, lastFaults: ReadonlyMap<string, string>): ProviderStanding {
  const states = [...breakers.of(target.providerId)].map(([model, { state }]) => [model, state] as const);
  return {
    providerId: target.providerId,
    kind: target.codec.id,
    healthy: states.every(([, state]) => state !== 'open'),
    breakers: Object.fromEntries(states),
    simulated: target.simulated,
    lastFault: lastFaults.get(target.providerId) ?? '',
  };
}
