// The HTTP side of administration; the command line is its first user.
import type {
  CostServiceDefinition,
  LimitServiceDefinition,
  ProviderServiceDefinition,
  SelectorServiceDefinition,
} from '@waybill/contracts';
import { type Fault, FaultError, fault, type Secret } from '@waybill/kernel';
import type { Client } from '@waybill/rpc';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { standingsOf } from '../core/model-standing.ts';
import type { ErrorAnswer } from '../dialects/dialect.ts';
import { wordsOf } from '../dialects/faults.ts';
import { readBody } from '../dialects/reading/problem.ts';
import type { JsonAnswer } from '../http/json-answer.ts';
import { parseJsonBody } from '../http/json-body.ts';
import type { KeyRing } from '../keys/key-ring.ts';
import { type ProviderKeyRoute, providerKeyRoutes, rewrapRoute, type TenantKeys } from './provider-keys.ts';
import { demandToken } from './token.ts';
import { budgetView, keyView, limitView, modelView, providerView, spendView, standingView, stepView } from './views.ts';

export interface AdminWorld {
  readonly token: Secret;
  readonly keys: KeyRing;
  readonly limits: Pick<Client<LimitServiceDefinition>, 'listBudgets' | 'listLimits'>;
  readonly selector: Pick<Client<SelectorServiceDefinition>, 'listModels'>;
  readonly providers: Pick<Client<ProviderServiceDefinition>, 'listProviders' | 'listUpstreamModels'>;
  readonly tenantKeys: TenantKeys;
  readonly cost: Pick<Client<CostServiceDefinition>, 'getSpend' | 'explainCall'>;
}

export interface AdminRoute {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly url: string;
  answer(request: FastifyRequest): Promise<JsonAnswer>;
}

/** Errors of administration: the fault as it is. */
export const adminErrors = {
  error: ({ kind, message, details, retryAfterMs }: Fault): ErrorAnswer => ({
    status: wordsOf({ kind, message, details }).status,
    body: JSON.stringify({ error: { kind, message, details, retry_after_ms: retryAfterMs ?? null } }),
  }),
};

export function adminRoutes(world: AdminWorld): readonly AdminRoute[] {
  const { keys, limits, selector, providers, tenantKeys, cost } = world;
  const guarded = (
    method: AdminRoute['method'],
    path: string,
    answer: (request: FastifyRequest) => Promise<JsonAnswer>,
  ) => ({
    method,
    url: `/admin/v1${path}`,
    async answer(request: FastifyRequest) {
      demandToken(request.headers, world.token);
      return answer(request);
    },
  });
  const operator = { actor: 'admin', tenantId: undefined };
  const seenTo = ({ method, path, answer }: ProviderKeyRoute) =>
    guarded(method, `/provider-keys${path}`, (request) => answer(request, operator));
  return [
    ...[...providerKeyRoutes(tenantKeys), rewrapRoute(tenantKeys)].map(seenTo),
    guarded('GET', '/budgets', async () => {
      const { budgets } = await limits.listBudgets({ budgetId: '' });
      return { body: { budgets: budgets.map(budgetView) } };
    }),
    guarded('GET', '/budgets/:id', async (request) => {
      const id = idIn(request);
      const budget = (await limits.listBudgets({ budgetId: id })).budgets.find((standing) => standing.id === id);
      if (!budget) throw notFound(`there is no budget ${id}; GET /admin/v1/budgets lists them`);
      return { body: budgetView(budget) };
    }),
    guarded('GET', '/limits', async () => {
      const standings = (await limits.listLimits({})).limits;
      return { body: { limits: standings.map(limitView) } };
    }),
    guarded('GET', '/models', async () => {
      const { models } = await selector.listModels({ tenantId: '' });
      return { body: { models: models.map(modelView) } };
    }),
    guarded('GET', '/models/standings', async (request) => {
      const { models } = await selector.listModels({ tenantId: '' });
      const { provider: providerId = '' } = queryOf(request);
      const lists = (await providers.listUpstreamModels({ providerId })).providers;
      const asked = providerId === '' ? models : models.filter(({ ownedBy }) => ownedBy === providerId);
      return { body: { models: standingsOf(asked, lists).map(standingView) } };
    }),
    guarded('GET', '/providers', async () => {
      const standings = (await providers.listProviders({})).providers;
      return { body: { providers: standings.map(providerView) } };
    }),
    guarded('GET', '/keys', async () => ({ body: { keys: keys.list().map(keyView) } })),
    guarded('POST', '/keys', async ({ body }) => issueKey(keys, body)),
    guarded('DELETE', '/keys/:id', async (request) => {
      const id = idIn(request);
      await keys.revoke(id, queryOf(request).reason ?? '');
      return { body: { id, revoked: true } };
    }),
    guarded('GET', '/calls/:id/explanation', async (request) => {
      const callId = idIn(request);
      const { steps } = await cost.explainCall({ callId });
      if (steps.length === 0) throw notFound(`the books know of no call ${callId}`);
      return { body: { call_id: callId, steps: steps.map(stepView) } };
    }),
    guarded('GET', '/spend', async (request) => {
      const { dimension = 'tenant', tenant = '', from = '', to = '' } = queryOf(request);
      const { spends } = await cost.getSpend({ dimension, tenantId: tenant, fromDay: from, toDay: to });
      return { body: { dimension, spends: spends.map(spendView) } };
    }),
  ];
}

const id = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._:/@-]{0,127}$/, {
  error: 'is no id; give letters, digits and . _ - : / @, at most 128 characters',
});

const keyRequest = z.strictObject({
  id: id.optional(),
  tenant: id.default('default'),
  project: id.default('default'),
  expires_at: z.iso.datetime({ offset: true }).optional(),
  manages_provider_keys: z.boolean().default(false),
});

async function issueKey(keys: KeyRing, body: unknown): Promise<JsonAnswer> {
  const parsed = parseJsonBody(body);
  const read = parsed.ok ? readBody(keyRequest, parsed.value) : parsed;
  if (!read.ok) throw new FaultError(read.fault);
  const { id: keyId, tenant: tenantId, project: projectId, expires_at: expiresAt } = read.value;
  const managesProviderKeys = read.value.manages_provider_keys;
  const expiresAtMicros = expiresAt === undefined ? undefined : BigInt(Date.parse(expiresAt)) * 1_000n;
  const { key, text } = await keys.issue({ keyId, tenantId, projectId, expiresAtMicros, managesProviderKeys });
  return { status: 201, body: { ...keyView(key), key: text } };
}

function idIn(request: FastifyRequest): string {
  return (request.params as { id?: string }).id ?? '';
}

function queryOf(request: FastifyRequest): Readonly<Record<string, string | undefined>> {
  return request.query as Record<string, string | undefined>;
}

function notFound(message: string): FaultError {
  return new FaultError(fault('not_found', message));
}
