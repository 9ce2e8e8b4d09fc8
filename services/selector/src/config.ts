// What the selector needs of the configuration: `models`, `providers` and `routes`.
import { createHash } from 'node:crypto';
import type { Configuration } from '@waybill/config';
import type { Registry } from './core/registry.ts';

/** The registry of a configuration, whose names were checked when it was read. */
export function registryFrom(configuration: Pick<Configuration, 'models' | 'providers' | 'routes'>): Registry {
  const providers = new Map(configuration.providers.map((provider) => [provider.id, provider]));
  const models = configuration.models.map((model) => {
    const provider = providers.get(model.provider);
    if (provider === undefined) throw new Error(`model ${model.id} names the unknown provider ${model.provider}`);
    return [model.id, { model, provider }] as const;
  });
  return {
    version: versionOf(configuration),
    models: new Map(models),
    routes: new Map(configuration.routes.map((route) => [route.model, route])),
  };
}

function versionOf({ models, routes }: Pick<Configuration, 'models' | 'routes'>): string {
  const text = JSON.stringify([models, routes], (_key, value) => (typeof value === 'bigint' ? String(value) : value));
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
