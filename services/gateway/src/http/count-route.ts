// POST /v1/messages/count_tokens: by the provider that would be asked first, or an estimate that says it is one.
import type { Configuration } from '@waybill/config';
import type {
  Attribution,
  Call,
  Candidate,
  ProviderServiceDefinition,
  SelectorServiceDefinition,
} from '@waybill/contracts';
import { FaultError, type Result } from '@waybill/kernel';
import { estimateInputTokens } from '@waybill/providers';
import type { Client } from '@waybill/rpc';
import type { FastifyRequest } from 'fastify';
import { applyPreset } from '../core/apply-preset.ts';
import { callWithState } from '../core/provider-state.ts';
import { faultOfExclusions } from '../core/refusals.ts';
import { anthropicMessages } from '../dialects/anthropic/index.ts';
import type { Authenticate, Principal } from '../ports.ts';
import { rankingOf } from '../usecases/rank-call.ts';
import { withDefaultModel } from './default-model.ts';
import type { JsonAnswer } from './json-answer.ts';
import { parseJsonBody } from './json-body.ts';
import { presentedKey } from './request-headers.ts';

export interface CountRoute {
  readonly configuration: Pick<Configuration, 'routing' | 'presets'>;
  readonly authenticate: Authenticate;
  readonly selector: Pick<Client<SelectorServiceDefinition>, 'rank'>;
  readonly providers: Pick<Client<ProviderServiceDefinition>, 'countTokens'>;
}

/** Counting is on no books, since providers charge nothing for it; limits do not count it either. */
export async function countPrompt(route: CountRoute, { headers, body }: FastifyRequest): Promise<JsonAnswer> {
  const principal = valueIn(await route.authenticate(presentedKey(headers)));
  const { tenantId } = principal;
  const call = readPrompt(route, valueIn(parseJsonBody(body)));
  const { modelId, providerId, providerKind, upstreamModel } = await firstCandidate(route, principal, call);
  const sent = callWithState(call, providerKind).call;
  const { inputTokens } = await route.providers.countTokens({ providerId, upstreamModel, call: sent, tenantId });
  const told = { 'x-waybill-model': modelId, 'x-waybill-provider': providerId };
  if (inputTokens !== undefined) return { body: { input_tokens: inputTokens }, headers: told };
  const warning = `input_tokens is an estimate: ${providerId} cannot be asked`;
  return { body: { input_tokens: estimateInputTokens(call) }, headers: { ...told, 'x-waybill-warnings': warning } };
}

/** A messages request without a cap on the answer, as there is none; model and preset as a call would have them. */
function readPrompt({ configuration: { routing, presets } }: CountRoute, body: unknown): Call {
  const named = withDefaultModel(body, routing.defaultModel);
  const isObject = typeof named === 'object' && named !== null && !Array.isArray(named);
  const { call } = valueIn(anthropicMessages.read(isObject ? { ...named, max_tokens: 1 } : named));
  return applyPreset(call, new Map(presets.map((preset) => [preset.name, preset])));
}

async function firstCandidate({ selector }: CountRoute, principal: Principal, call: Call): Promise<Candidate> {
  // A prompt of any length: it is the count that is asked for.
  const asked = { ...rankingOf(call, attributionOf(principal)), inputTokensEstimate: 0, maxOutputTokens: undefined };
  const { candidates, exclusions } = await selector.rank(asked);
  const [first] = candidates;
  if (first === undefined) throw new FaultError(faultOfExclusions(call.model, exclusions));
  return first;
}

function attributionOf({ tenantId, projectId, keyId }: Principal): Attribution {
  return { tenantId, projectId, keyId, user: '', agentType: '', runId: '', tags: [] };
}

function valueIn<Value>(result: Result<Value>): Value {
  if (result.ok) return result.value;
  throw new FaultError(result.fault);
}
