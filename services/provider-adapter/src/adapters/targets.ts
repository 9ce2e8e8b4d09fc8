// Configured providers -> targets with their connections.
import type { Configuration, ProviderConfiguration } from '@waybill/config';
import { type Clock, FaultError, fault, type Result, Secret } from '@waybill/kernel';
import { codecFor, type HttpHeaders } from '@waybill/providers';
import { type AddressRules, readOwnAddress } from '../engine/own-address.ts';
import { peerName, serverOf } from '../engine/peer.ts';
import { connect } from '../engine/send.ts';
import type { Target, TargetKey } from '../ports.ts';
import type { OwnPlace } from '../usecases/tenant-targets.ts';
import { copilotParts } from './copilot-target.ts';
import { needsSimulator, type SimulatedUpstream } from './simulated-upstream.ts';

/** A simulator asks for a key as its provider does; this one opens nothing else. */
const simulatorKey = new Secret('waybill-simulated');

/** All targets by provider id. */
export async function openTargets(
  { providers, models = [] }: Pick<Configuration, 'providers'> & Partial<Pick<Configuration, 'models'>>,
  simulated: SimulatedUpstream,
  clock: Clock,
): Promise<ReadonlyMap<string, Target>> {
  const targets = new Map<string, Target>();
  const wires = new Map(models.map(({ id, wire }) => [id, wire]));
  for (const provider of providers) {
    const baseUrl = needsSimulator(provider) ? await simulated.baseUrl(provider.dialect) : provider.baseUrl;
    targets.set(provider.id, { ...targetOf(provider, baseUrl, clock), wireOf: (modelId) => wires.get(modelId) });
  }
  return targets;
}

function targetOf(
  provider: ProviderConfiguration,
  configuredUrl: string | undefined,
  clock: Clock,
): Omit<Target, 'wireOf'> {
  const codec = codecFor(provider.dialect, provider);
  const address = configuredUrl ?? codec?.defaultBaseUrl;
  if (codec === undefined || address === undefined) {
    const message = `provider ${provider.id} (${provider.kind}) has no address: set base_url`;
    throw new FaultError(fault('invalid', message, { details: { field: `providers.${provider.id}.base_url` } }));
  }
  const url = new URL(address);
  const { copilot } = provider;
  const parts = copilot
    ? copilotParts({ provider, copilot, origin: url.origin, clock }, codec)
    : plainParts(provider, url);
  return {
    providerId: provider.id,
    codec,
    basePath: url.pathname.replace(/\/$/, ''),
    timeouts: provider.timeouts,
    simulated: provider.kind === 'simulator',
    server: serverOf(url),
    tenantKeyId: '',
    // A user's credential of Copilot is exchanged for others on the way.
    tenantKeys: copilot ? 'refused' : (provider.tenantKeys ?? 'allowed'),
    ...parts,
  };
}

function plainParts(provider: ProviderConfiguration, url: URL) {
  const simulated = provider.kind === 'simulator';
  const ofAttempt = (attemptId: string): HttpHeaders => ({ 'x-waybill-attempt': attemptId });
  const peer = peerName(provider.id, serverOf(url));
  const keys = keysOf(provider, simulated ? simulatorKey : undefined);
  return {
    connection: connect(url.origin, provider.timeouts, { connections: provider.connections, peer }),
    credential: keys[0]!.secret,
    keys,
    healthCheck: provider.healthCheck?.enabled ? provider.healthCheck : undefined,
    extraHeaders: simulated ? ofAttempt : () => ({}),
  };
}

/** A place that a tenant has set: in the public internet alone, unless the operator allows others. */
export function connectOwn({ providerId, timeouts }: Target, baseUrl: string, rules: AddressRules): Result<OwnPlace> {
  const address = readOwnAddress(baseUrl, rules);
  if (!address.ok) return address;
  const { origin, basePath } = address.value;
  const server = serverOf(new URL(origin));
  const reach = rules.allowPrivate ? 'anywhere' : 'public';
  const connection = connect(origin, timeouts, { reach, peer: peerName(providerId, server) });
  return { ok: true, value: { basePath, connection, server } };
}

function keysOf({ apiKey, apiKeys = [] }: ProviderConfiguration, otherwise: Secret | undefined): TargetKey[] {
  const [only, ...more] = apiKeys;
  if (only === undefined || more.length === 0) return [{ id: '', secret: only?.key ?? apiKey ?? otherwise, weight: 1 }];
  return apiKeys.map(({ id, key, weight }) => ({ id, secret: key, weight }));
}
