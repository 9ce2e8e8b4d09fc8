// What spend can be told by.
import type { Attribution } from '@waybill/contracts';

export const dimensions = [
  'tenant',
  'project',
  'key',
  'user',
  'model',
  'provider',
  'agent_type',
  'run',
  'day',
] as const;

export type Dimension = (typeof dimensions)[number];

/** Where a fact stands in each dimension; empty where the caller did not say. */
export type Place = Readonly<Record<Dimension, string>>;

export interface PlacedFact {
  readonly attribution: Attribution | undefined;
  readonly modelId: string;
  readonly providerId: string;
}

/** The day is that of the admission, whenever the answer came. */
export function placeOf({ attribution, modelId, providerId }: PlacedFact, day: string): Place {
  return {
    tenant: attribution?.tenantId ?? '',
    project: attribution?.projectId ?? '',
    key: attribution?.keyId ?? '',
    user: attribution?.user ?? '',
    model: modelId,
    provider: providerId,
    agent_type: attribution?.agentType ?? '',
    run: attribution?.runId ?? '',
    day,
  };
}
