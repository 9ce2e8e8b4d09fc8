// Keys of providers that tenants bring themselves: for the operator, who may see to all of them, and for tenants.
import type { TenantKey, TenantKeyServiceDefinition } from '@waybill/contracts';
import { FaultError, fault } from '@waybill/kernel';
import type { Client } from '@waybill/rpc';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { readBody } from '../dialects/reading/problem.ts';
import type { JsonAnswer } from '../http/json-answer.ts';
import { parseJsonBody } from '../http/json-body.ts';
import { presentedKey } from '../http/request-headers.ts';
import type { Authenticate } from '../ports.ts';
import { instant } from './views.ts';

export type TenantKeys = Client<TenantKeyServiceDefinition>;

/** Who asks, and whose keys that one may see to. */
interface Actor {
  readonly actor: string;
  /** Undefined: every tenant's. */
  readonly tenantId: string | undefined;
}

type Act = (request: FastifyRequest, actor: Actor) => Promise<JsonAnswer>;
type Method = 'GET' | 'POST' | 'DELETE';

export interface ProviderKeyRoute {
  readonly method: Method;
  readonly path: string;
  readonly answer: Act;
}

const identifier = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._:/@-]{0,127}$/, {
  error: 'is no id; give letters, digits and . _ - : / @, at most 128 characters',
});
const wholeKey = z.strictObject({
  tenant: identifier.optional(),
  provider: identifier,
  key: z.string(),
  base_url: z.string().default(''),
});
const newKey = z.strictObject({ key: z.string() });
const rewrapping = z.strictObject({ new_key: z.boolean().default(false) });

/** What both may do. */
export function providerKeyRoutes(keys: TenantKeys): readonly ProviderKeyRoute[] {
  const route = (method: Method, path: string, answer: Act): ProviderKeyRoute => ({ method, path, answer });
  return [
    route('GET', '', async (_request, { tenantId = '' }) => {
      const { keys: stored } = await keys.listTenantKeys({ tenantId });
      return { body: { provider_keys: stored.map(providerKeyView) } };
    }),
    route('POST', '', async ({ body }, { actor, tenantId }) => {
      const { tenant, provider: providerId, key: secret, base_url: baseUrl } = bodyOf(wholeKey, body);
      const owner = ownerOf(tenant, tenantId);
      const { key } = await keys.storeTenantKey({ tenantId: owner, providerId, secret, baseUrl, actor });
      return { status: 201, body: providerKeyView(key!) };
    }),
    route('POST', '/:id/rotate', async (request, { actor, tenantId = '' }) => {
      const { key: secret } = bodyOf(newKey, request.body);
      const { key } = await keys.replaceTenantKey({ keyId: idOf(request), tenantId, secret, actor });
      return { body: providerKeyView(key!) };
    }),
    route('DELETE', '/:id', async (request, { actor, tenantId = '' }) => {
      const { reason = '' } = request.query as { readonly reason?: string };
      const keyId = idOf(request);
      await keys.removeTenantKey({ keyId, tenantId, reason, actor });
      return { body: { id: keyId, removed: true } };
    }),
  ];
}

/** What the operator alone may do. */
export function rewrapRoute(keys: TenantKeys): ProviderKeyRoute {
  return {
    method: 'POST',
    path: '/rewrap',
    async answer({ body }, { actor }) {
      const { new_key: asked } = bodyOf(rewrapping, body);
      const { wrappedBy, fault: because, ...counts } = await keys.rewrapTenantKeys({ newKey: asked, actor });
      return { body: { wrapped_by: wrappedBy, ...counts, fault: because?.message ?? null } };
    },
  };
}

/** Who has a virtual key that may see to its tenant's keys. Throws a FaultError `unauthenticated` or `forbidden`. */
export async function demandManager(authenticate: Authenticate, { headers }: FastifyRequest): Promise<Actor> {
  const who = await authenticate(presentedKey(headers));
  if (!who.ok) throw new FaultError(who.fault);
  const { keyId, tenantId, managesProviderKeys } = who.value;
  if (managesProviderKeys) return { actor: `key/${keyId}`, tenantId };
  const message = `the key ${keyId} may not see to keys of providers; ask for one made with --manages-provider-keys`;
  throw new FaultError(fault('forbidden', message));
}

export function providerKeyView(key: TenantKey) {
  return {
    id: key.keyId,
    tenant: key.tenantId,
    provider: key.providerId,
    base_url: key.baseUrl === '' ? null : key.baseUrl,
    version: key.version,
    stored_at: instant(key.storedAtMicros),
    wrapped_by: key.wrappedBy,
    wrapped_at: instant(key.wrappedAtMicros),
    rewrap_due: key.rewrapDue,
  };
}

/** A tenant's own, or the one that the operator names. */
function ownerOf(named: string | undefined, own: string | undefined): string {
  if (own !== undefined && named !== undefined && named !== own) {
    throw new FaultError(fault('forbidden', `this key is of tenant ${own}; leave tenant out`));
  }
  const owner = own ?? named;
  if (owner !== undefined) return owner;
  throw new FaultError(fault('invalid', 'tenant is missing', { details: { field: 'tenant' } }));
}

function bodyOf<Body>(schema: z.ZodType<Body>, body: unknown): Body {
  const parsed = parseJsonBody(body);
  const read = parsed.ok ? readBody(schema, parsed.value) : parsed;
  if (read.ok) return read.value;
  throw new FaultError(read.fault);
}

function idOf({ params }: FastifyRequest): string {
  return (params as { readonly id?: string }).id ?? '';
}
