// Whether the gateway lives, may be sent calls, and how its providers are.
import type { ProviderServiceDefinition, ProviderStanding } from '@waybill/contracts';
import type { Client } from '@waybill/rpc';
import type { JsonAnswer } from './json-answer.ts';

export async function live(): Promise<JsonAnswer> {
  return { body: { status: 'ok' } };
}

/** 503 while it drains, or has not been able to take calls for a while; with what that rests on. */
export async function ready(isReady: boolean, details: Readonly<Record<string, unknown>>): Promise<JsonAnswer> {
  return { status: isReady ? 200 : 503, body: { status: isReady ? 'ready' : 'not_ready', ...details } };
}

export interface AiHealth {
  readonly providers: Pick<Client<ProviderServiceDefinition>, 'listProviders'>;
  readonly isReady: boolean;
  readonly uptimeMs: number;
}

/** The health of /api/ai: `healthy`, `degraded` when some provider is not well, `unhealthy` when none is. */
export async function aiHealth({ providers, isReady, uptimeMs }: AiHealth): Promise<JsonAnswer> {
  const standings = (await providers.listProviders({})).providers;
  const well = standings.filter((standing) => standing.healthy).length;
  const isWell = well === standings.length && isReady;
  const status = isWell ? 'healthy' : well > 0 && isReady ? 'degraded' : 'unhealthy';
  const named = standings.map((standing) => [standing.providerId.toUpperCase(), providerHealth(standing)]);
  return {
    status: status === 'unhealthy' ? 503 : 200,
    body: {
      status,
      services: { gateway: { status: isReady ? 'healthy' : 'draining' }, providers: Object.fromEntries(named) },
      metrics: { uptimeSeconds: Math.floor(uptimeMs / 1_000), providers: standings.length, healthyProviders: well },
    },
  };
}

function providerHealth({ healthy, kind, simulated, breakers }: ProviderStanding) {
  return { status: healthy ? 'healthy' : 'unhealthy', kind, simulated, breakers };
}
