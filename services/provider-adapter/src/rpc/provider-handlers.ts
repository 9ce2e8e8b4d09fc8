// ProviderService over the configured targets and their breakers.
import type { AttemptRequest, AttemptResponse, ProviderServiceDefinition, ProviderStanding } from '@waybill/contracts';
import { type Clock, FaultError, fault, type Result } from '@waybill/kernel';
import type { Handlers } from '@waybill/rpc';
import { batchHandlers } from '../batches/handlers.ts';
import { type AttemptFault, unsentFault } from '../core/outcome.ts';
import { noProgress } from '../core/progress.ts';
import type { Target } from '../ports.ts';
import type { Access } from '../usecases/access.ts';
import { type AttemptEnd, resultOf } from '../usecases/attempt-result.ts';
import { countTokens } from '../usecases/count-tokens.ts';
import { listUpstreamModels } from '../usecases/list-upstream-models.ts';
import { makeAttempt } from '../usecases/make-attempt.ts';
import type { ObserveAttempt } from '../usecases/observe-attempt.ts';
import type { TenantTargets } from '../usecases/tenant-targets.ts';

export interface ProviderParts {
  readonly targets: ReadonlyMap<string, Target>;
  readonly access: Access;
  readonly clock: Clock;
  readonly observe: ObserveAttempt;
  /** Default: no tenant has a key of its own. */
  readonly tenants?: Pick<TenantTargets, 'choose'>;
}

const withoutOwnKeys: Pick<TenantTargets, 'choose'> = { choose: (value) => ({ ok: true, value }) };

export function providerHandlers({
  targets,
  access,
  clock,
  observe,
  tenants = withoutOwnKeys,
}: ProviderParts): Handlers<ProviderServiceDefinition> {
  const lastFaults = new Map<string, string>();

  function attemptBy(chosen: Result<Target>, request: AttemptRequest, signal: AbortSignal) {
    if (!chosen.ok) return refusal(unsentFault(chosen.fault, { same: false, other: true }), nothingKnown);
    const target = chosen.value;
    const { providerId, upstreamModel } = request;
    const { tenantKeyId } = target;
    const entry = access.enter(target, upstreamModel);
    if (!entry.passes) return refusal(entry.fault, { setAsideMs: entry.waitMs, tenantKeyId });
    const by = { providerId, upstreamModel, keyId: entry.key.id };
    const observed = observe(request, target);
    const over = (end: AttemptEnd | undefined) => {
      observed(end);
      // What a tenant's own account or address answers says nothing of the others.
      if (end?.fault !== undefined && tenantKeyId === '') lastFaults.set(providerId, end.fault.message);
      return access.leave(target, by, end);
    };
    return makeAttempt(request, { target: { ...target, credential: entry.key.secret }, clock, signal, over });
  }

  async function* attemptLater(chosen: Promise<Result<Target>>, request: AttemptRequest, signal: AbortSignal) {
    yield* attemptBy(await chosen, request, signal);
  }

  async function targetOfTenant(request: Pick<AttemptRequest, 'providerId' | 'tenantId'>): Promise<Target> {
    const chosen = await tenants.choose(targetFor(targets, request), request.tenantId);
    if (!chosen.ok) throw new FaultError(chosen.fault);
    return chosen.value;
  }

  return {
    attempt(request, { signal }) {
      const chosen = tenants.choose(targetFor(targets, request), request.tenantId);
      return chosen instanceof Promise ? attemptLater(chosen, request, signal) : attemptBy(chosen, request, signal);
    },
    async countTokens(request, { signal }) {
      const target = await targetOfTenant(request);
      const credential = access.keyFor(target).secret;
      return { inputTokens: await countTokens(request, { target: { ...target, credential }, clock, signal }) };
    },
    async listProviders() {
      const providers = [...targets.values()].map((target) => standingOf(target, { access, lastFaults }));
      return { providers };
    },
    async listUpstreamModels({ providerId }, { signal }) {
      const asked = providerId === '' ? [...targets.values()] : [targetFor(targets, { providerId })];
      return { providers: await Promise.all(asked.map((target) => listUpstreamModels(target, { clock, signal }))) };
    },
    ...batchHandlers({
      targetFor: targetOfTenant,
      sharedTarget: (request) => targetFor(targets, request),
      access,
      clock,
    }),
  };
}

function targetFor(targets: ReadonlyMap<string, Target>, { providerId }: Pick<AttemptRequest, 'providerId'>): Target {
  const target = targets.get(providerId);
  if (target !== undefined) return target;
  const details = { provider: providerId };
  throw new FaultError(fault('not_found', `no provider ${providerId} is configured here`, { details }));
}

interface Refused {
  readonly setAsideMs: number;
  readonly tenantKeyId: string;
}

const nothingKnown: Refused = { setAsideMs: 0, tenantKeyId: '' };

async function* refusal(failed: AttemptFault, { setAsideMs, tenantKeyId }: Refused): AsyncGenerator<AttemptResponse> {
  const answered = { status: 0, headers: {} };
  const times = { firstByteMs: 0, totalMs: 0 };
  const end: AttemptEnd = { fault: failed, progress: noProgress(), answered, rawUsage: '', tenantKeyId, ...times };
  yield { update: { $case: 'result', value: resultOf(end, { retryNow: false, setAsideMs }) } };
}

interface Known extends Pick<ProviderParts, 'access'> {
  readonly lastFaults: ReadonlyMap<string, string>;
}

function standingOf(target: Target, { access, lastFaults }: Known): ProviderStanding {
  const states = access.breakers(target);
  const keys = access.standings(target);
  return {
    providerId: target.providerId,
    kind: target.codec.id,
    healthy: [...states.values()].every((state) => state !== 'open') && !Object.values(keys).every(isRefused),
    breakers: Object.fromEntries(states),
    simulated: target.simulated,
    lastFault: lastFaults.get(target.providerId) ?? '',
    keys,
  };
}

const isRefused = (word: string) => word === 'refused';
