// Which calls a limit or budget applies to.
import type { Scope, ScopeKey } from '@waybill/config';
import type { Attribution } from '@waybill/contracts';

/** What a scope is held against: whom the call is charged to and which model would serve it. */
export type Subject = Readonly<Record<ScopeKey, string>>;

export function subjectOf(attribution: Attribution | undefined, modelId: string, providerId: string): Subject {
  return {
    tenant: attribution?.tenantId ?? '',
    project: attribution?.projectId ?? '',
    key: attribution?.keyId ?? '',
    user: attribution?.user ?? '',
    agent_type: attribution?.agentType ?? '',
    run: attribution?.runId ?? '',
    model: modelId,
    provider: providerId,
  };
}

export function applies(scope: Scope, subject: Subject): boolean {
  return Object.entries(scope).every(([key, value]) => value === undefined || value === subject[key as ScopeKey]);
}
