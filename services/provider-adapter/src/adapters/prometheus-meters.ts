// What is measured of attempts, under the names of the GenAI conventions.
import { genAiMetrics, type Metrics } from '@waybill/telemetry';
import type { Meters } from '../ports.ts';

const target = ['gen_ai_operation_name', 'gen_ai_provider_name', 'gen_ai_request_model'];

export function prometheusMeters(metrics: Metrics): Meters {
  const { operationDuration, timeToFirstChunk, tokenUsage } = genAiMetrics;
  const durations = metrics.histogram(
    operationDuration.name,
    'Time of an attempt at a provider.',
    [...target, 'error_type'],
    operationDuration.buckets,
  );
  const firstChunks = metrics.histogram(
    timeToFirstChunk.name,
    'Time until the first piece of a streamed answer.',
    target,
    timeToFirstChunk.buckets,
  );
  const tokens = metrics.histogram(
    tokenUsage.name,
    'Tokens of an attempt as the provider reported them, caches and reasoning included.',
    [...target, 'gen_ai_token_type'],
    tokenUsage.buckets,
  );
  return {
    attemptOver({ operation, provider, model }, { errorKind = '', seconds, secondsToFirstPart, tokens: used }) {
      const labels = { gen_ai_operation_name: operation, gen_ai_provider_name: provider, gen_ai_request_model: model };
      durations.observe({ ...labels, error_type: errorKind }, seconds);
      if (secondsToFirstPart !== undefined) firstChunks.observe(labels, secondsToFirstPart);
      if (used === undefined) return;
      tokens.observe({ ...labels, gen_ai_token_type: 'input' }, used.input);
      tokens.observe({ ...labels, gen_ai_token_type: 'output' }, used.output);
    },
  };
}
