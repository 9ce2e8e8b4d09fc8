// What the selector needs of the configuration: `models`, `providers`, `routes`, `presets` and `routing`.
import { createHash } from 'node:crypto';
import type { Configuration } from '@waybill/config';
import type { Registry } from './core/registry.ts';

export type RegistryConfiguration = Pick<Configuration, 'models' | 'providers' | 'routes' | 'presets' | 'routing'>;

/** The registry of a configuration, whose names were checked when it was read. */
export function registryFrom(configuration: RegistryConfiguration): Registry {
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
    presets: new Map(configuration.presets.map((preset) => [preset.name, preset])),
    routing: configuration.routing,
  };
}

function versionOf({ models, routes, presets, routing }: RegistryConfiguration): string {
  const text = JSON.stringify([models, routes, presets, routing], (_key, value) =>
    typeof value === 'bigint' ? String(value) : value,
  );
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
