// Staging and production are two configurations that share no key, no books and no limit.
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { type Configuration, loadConfiguration } from '@waybill/config';

const folder = fileURLToPath(new URL('../../deploy/environments/', import.meta.url));
const names = ['OPENAI_API_KEY', 'ANTHROPIC_API_KEY', 'TEAM_KEY'];

function variablesOf(environment: string): Record<string, string> {
  const prefix = environment.toUpperCase();
  return Object.fromEntries(names.map((name) => [`${prefix}_${name}`, `${environment}-${name.toLowerCase()}`]));
}

function outcome(environment: string, variables: Record<string, string>) {
  return loadConfiguration({ file: join(folder, `${environment}.yaml`), environment: variables, cwd: tmpdir() });
}

function load(environment: string): Configuration {
  const loaded = outcome(environment, { ...variablesOf('staging'), ...variablesOf('production') });
  if (!loaded.ok) throw new Error(loaded.fault.message);
  return loaded.value;
}

const secretsOf = ({ providers, keys }: Configuration) => [
  ...providers.map(({ apiKey }) => apiKey?.reveal()),
  ...keys.map(({ secret }) => secret.reveal()),
];

describe('staging and production', () => {
  const staging = load('staging');
  const production = load('production');

  test('each have keys of their own', () => {
    expect(secretsOf(staging)).toEqual(['staging-openai_api_key', 'staging-anthropic_api_key', 'staging-team_key']);
    expect(secretsOf(production).filter((secret) => secretsOf(staging).includes(secret))).toEqual([]);
  });

  test.each([
    ['staging', 'production'],
    ['production', 'staging'],
  ])('%s does not start on the keys of %s', (environment, other) => {
    const loaded = outcome(environment, variablesOf(other));
    const told = loaded.ok ? '' : loaded.fault.message;
    for (const name of names) expect(told).toContain(`${environment.toUpperCase()}_${name}, which is not set`);
  });

  test('keep books of their own, at addresses of their own', () => {
    expect(staging.storage.dataDirectory).not.toBe(production.storage.dataDirectory);
    expect(staging.server.httpPort).not.toBe(production.server.httpPort);
    expect(staging.server.grpcPort).not.toBe(production.server.grpcPort);
  });

  test('ask for the same snapshots, so that what was tried is what is served', () => {
    const pins = ({ models }: Configuration) => models.map(({ id, snapshot }) => [id, snapshot.version]);
    expect(pins(staging)).toEqual(pins(production));
    expect(pins(staging).every(([, version]) => version !== undefined)).toBe(true);
  });

  test('staging has every limit and budget of production, and lower', () => {
    const bounds = ({ limits, budgets }: Configuration) => [
      ...limits.flatMap(({ id, requestsPerMinute, tokensPerMinute, concurrency }) => [
        [id, 'requests', requestsPerMinute] as const,
        [id, 'tokens', tokensPerMinute] as const,
        [id, 'concurrency', concurrency] as const,
      ]),
      ...budgets.map(({ id, amountPicoUsd }) => [id, 'amount', amountPicoUsd] as const),
    ];
    const low = bounds(staging);
    expect(low.map(([id, what]) => [id, what])).toEqual(bounds(production).map(([id, what]) => [id, what]));
    bounds(production).forEach(([, , high], index) => {
      const own = low[index]?.[2];
      if (high === undefined || own === undefined) expect(own).toBe(high);
      else expect(own).toBeLessThan(high);
    });
  });

  test('staging logs every step and answers again from recordings; production does neither', () => {
    expect(staging).toMatchObject({ telemetry: { logLevel: 'debug' }, offline: { mode: 'replay-or-record' } });
    expect(production).toMatchObject({ telemetry: { logLevel: 'info' }, offline: { mode: 'off' } });
  });
});
