// Configured providers -> targets with their connections.
import type { Configuration, ProviderConfiguration } from '@waybill/config';
import { FaultError, fault, Secret } from '@waybill/kernel';
import { codecFor } from '@waybill/providers';
import { connect } from '../engine/send.ts';
import type { Target } from '../ports.ts';
import { needsSimulator, type SimulatedUpstream } from './simulated-upstream.ts';

/** A simulator asks for a key as its provider does; this one opens nothing else. */
const simulatorKey = new Secret('waybill-simulated');

/** All targets by provider id. */
export async function openTargets(
  { providers, models = [] }: Pick<Configuration, 'providers'> & Partial<Pick<Configuration, 'models'>>,
  simulated: SimulatedUpstream,
): Promise<ReadonlyMap<string, Target>> {
  const targets = new Map<string, Target>();
  const wires = new Map(models.map(({ id, wire }) => [id, wire]));
  for (const provider of providers) {
    const baseUrl = needsSimulator(provider) ? await simulated.baseUrl(provider.dialect) : provider.baseUrl;
    targets.set(provider.id, { ...targetOf(provider, baseUrl), wireOf: (modelId) => wires.get(modelId) });
  }
  return targets;
}

function targetOf(provider: ProviderConfiguration, configuredUrl: string | undefined): Omit<Target, 'wireOf'> {
  const codec = codecFor(provider.dialect);
  const address = configuredUrl ?? codec?.defaultBaseUrl;
  if (codec === undefined || address === undefined) {
    const message = `provider ${provider.id} (${provider.kind}) has no address: set base_url`;
    throw new FaultError(fault('invalid', message, { details: { field: `providers.${provider.id}.base_url` } }));
  }
  const url = new URL(address);
  const simulated = provider.kind === 'simulator';
  return {
    providerId: provider.id,
    codec,
    basePath: url.pathname.replace(/\/$/, ''),
    connection: connect(url.origin, provider.timeouts),
    credential: provider.apiKey ?? (simulated ? simulatorKey : undefined),
    timeouts: provider.timeouts,
    simulated,
    server: { address: url.hostname, port: Number(url.port) || (url.protocol === 'https:' ? 443 : 80) },
    extraHeaders: simulated ? (attemptId) => ({ 'x-waybill-attempt': attemptId }) : () => ({}),
  };
}
