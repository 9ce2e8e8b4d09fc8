// Rules and dashboards ask for what the services really show.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { expressions } from '../deploy/observability.ts';
import { labelsIn, metricsIn } from '../deploy/promql.ts';
import { type OtlpReceiver, startOtlpReceiver } from '../infra/otlp/receiver.ts';
import { post } from './calls/curl.ts';
import { keys } from './configuration.ts';
import { type StandaloneWorld, startWorld } from './world.ts';

let receiver: OtlpReceiver;
let world: StandaloneWorld;
let scraped: string;

const body = { model: 'gpt-4o-mini', max_tokens: 40, messages: [{ role: 'user', content: 'Why is the sky blue?' }] };

beforeAll(async () => {
  receiver = await startOtlpReceiver();
  const environment = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url };
  world = await startWorld({ environment, smallBudgetUsd: 0.000001 });
  expect((await post(world, '/v1/chat/completions', { ...body, stream: true })).status).toBe(200);
  const tooDear = { authorization: `Bearer ${keys.small}` };
  expect((await post(world, '/v1/chat/completions', body, tooDear)).status).toBe(429);
  await world.simulator.setFaults([{ model: 'gpt-4o', directives: 'fault=invalid' }]);
  await post(world, '/v1/chat/completions', { ...body, model: 'gpt-4o' });
  scraped = await (await fetch(`${world.url}/metrics`)).text();
}, 60_000);

afterAll(async () => {
  await world?.stop();
  await receiver?.stop();
}, 60_000);

/** Prometheus has these itself. */
const prometheusOwn = { metrics: ['up'], labels: ['instance', 'job'] };

test('every series that a rule or a dashboard selects is one that a process shows', () => {
  const types = [...scraped.matchAll(/^# TYPE (\S+) (\w+)$/gm)];
  const shown = types.flatMap(([, name = '', type]) =>
    type === 'histogram' ? ['_bucket', '_sum', '_count'].map((suffix) => name + suffix) : [name],
  );
  const known = new Set([...shown, ...prometheusOwn.metrics]);
  const missing = expressions().flatMap(({ where, text }) =>
    metricsIn(text)
      .filter((name) => !known.has(name) && !name.includes(':'))
      .map((name) => `${where}: ${name}`),
  );
  expect(missing).toEqual([]);
  expect(shown.length).toBeGreaterThan(60);
});

test('every label that is matched or grouped by is one that is shown', () => {
  const labels = [...scraped.matchAll(/[{,]([a-z_]+)="/g)].map(([, name = '']) => name);
  const declared = ['lease', 'projection', 'provider', 'upstream_model', 'alarm', 'neighbour'];
  const known = new Set([...labels, ...declared, ...prometheusOwn.labels]);
  const unknown = expressions().flatMap(({ where, text }) =>
    labelsIn(text)
      .filter((name) => !known.has(name))
      .map((name) => `${where}: ${name}`),
  );
  expect(unknown).toEqual([]);
});

test('a call is counted by outcome, provider and model, in tokens, time and money', () => {
  for (const line of [
    /^waybill_calls_total\{outcome="completed"\} 1$/m,
    /^waybill_calls_total\{outcome="refused"\} 1$/m,
    /^waybill_calls_refused_total\{reason="budget"\} 1$/m,
    /^waybill_attempts_total\{provider="openai",model="gpt-4o-mini",outcome="completed"\} 1$/m,
    /^waybill_attempts_total\{provider="openai",model="gpt-4o",outcome="failed"\} 1$/m,
    /^waybill_booked_usd_total\{provider="openai",model="gpt-4o-mini"\} 0\.0000\d+$/m,
    /^gen_ai_client_operation_duration_seconds_count\{gen_ai_operation_name="chat",gen_ai_provider_name="openai",gen_ai_request_model="gpt-4o-mini",error_type=""\} 1$/m,
    /^gen_ai_client_operation_time_to_first_chunk_seconds_count\{[^}]*\} 1$/m,
    /^gen_ai_client_token_usage_sum\{[^}]*gen_ai_token_type="output"\} \d+$/m,
    /^waybill_commit_seconds_count\{outcome="durable"\} [4-9]$/m,
    /^waybill_books_open 1$/m,
    /^waybill_projection_lag_events\{projection="ledger"\} \d+$/m,
  ]) {
    expect(scraped).toMatch(line);
  }
});

test('no tenant, key, user or call is on a metric', () => {
  expect(scraped).not.toMatch(/acme|call_[0-9a-z]{26}|-key/);
});
