// GET /v1/models, as OpenAI shows it, or Anthropic to its own clients.
import type { ModelListing, SelectorServiceDefinition } from '@waybill/contracts';
import { FaultError, fault } from '@waybill/kernel';
import type { Client } from '@waybill/rpc';
import type { FastifyRequest } from 'fastify';
import type { Authenticate } from '../ports.ts';
import type { JsonAnswer } from './json-answer.ts';
import { presentedKey } from './request-headers.ts';

export interface ModelListings {
  readonly selector: Pick<Client<SelectorServiceDefinition>, 'listModels'>;
  readonly authenticate: Authenticate;
}

export async function listModels(listings: ModelListings, request: FastifyRequest): Promise<JsonAnswer> {
  const models = await modelsFor(listings, request);
  if (!isAnthropicClient(request)) return { body: { object: 'list', data: models.map(openaiModel) } };
  const data = models.map(anthropicModel);
  return { body: { data, has_more: false, first_id: data[0]?.id ?? null, last_id: data.at(-1)?.id ?? null } };
}

export async function showModel(listings: ModelListings, request: FastifyRequest): Promise<JsonAnswer> {
  const { '*': id = '' } = request.params as { '*'?: string };
  const model = (await modelsFor(listings, request)).find((listing) => listing.id === id);
  if (model) return { body: isAnthropicClient(request) ? anthropicModel(model) : openaiModel(model) };
  const details = { field: 'model', model: id };
  throw new FaultError(fault('not_found', `there is no model ${id}; GET /v1/models lists them`, { details }));
}

async function modelsFor({ selector, authenticate }: ModelListings, request: FastifyRequest): Promise<ModelListing[]> {
  const principal = await authenticate(presentedKey(request.headers));
  if (!principal.ok) throw new FaultError(principal.fault);
  return (await selector.listModels({ tenantId: principal.value.tenantId })).models;
}

function isAnthropicClient({ headers }: Pick<FastifyRequest, 'headers'>): boolean {
  return headers['anthropic-version'] !== undefined;
}

function openaiModel(model: ModelListing) {
  return {
    id: model.id,
    object: 'model',
    created: Number(model.createdAtMicros / 1_000_000n),
    owned_by: model.ownedBy,
    capabilities: model.capabilities,
    context_window: model.contextWindow,
    max_output_tokens: model.maxOutputTokens,
    available: model.available,
  };
}

function anthropicModel(model: ModelListing) {
  return {
    type: 'model',
    id: model.id,
    display_name: model.id,
    created_at: new Date(Number(model.createdAtMicros / 1_000n)).toISOString(),
    max_input_tokens: model.contextWindow,
    max_tokens: model.maxOutputTokens,
  };
}
