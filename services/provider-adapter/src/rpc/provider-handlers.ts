// ProviderService over the configured targets and their breakers.
import type { AttemptRequest, AttemptResponse, ProviderServiceDefinition, ProviderStanding } from '@waybill/contracts';
import { type Clock, FaultError, fault } from '@waybill/kernel';
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

export interface ProviderParts {
  readonly targets: ReadonlyMap<string, Target>;
  readonly breakers: Breakers;
  readonly clock: Clock;
  readonly observe: ObserveAttempt;
}

export function providerHandlers({
  targets,
  breakers,
  clock,
  observe,
}: ProviderParts): Handlers<ProviderServiceDefinition> {
  const lastFaults = new Map<string, string>();
  return {
    attempt(request, { signal }) {
      const target = targetFor(targets, request);
      const passage = breakers.enter(request);
      if (!passage.passes) return refusal(breakerOpen(request, passage.waitMs));
      const observed = observe(request, target);
      const over = (end: AttemptEnd | undefined) => {
        observed(end);
        breakers.leave(request, outcomeOf(end));
        if (end?.fault !== undefined) lastFaults.set(request.providerId, end.fault.message);
      };
      return makeAttempt(request, { target, clock, signal, over });
    },
    async countTokens(request, { signal }) {
      const target = targetFor(targets, request);
      return { inputTokens: await countTokens(request, { target, clock, signal }) };
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
