// The wiring of selector: configuration -> registry and price book -> SelectorService.
import { SelectorServiceDefinition } from '@waybill/contracts';
import { priceBook } from '@waybill/rating';
import { offer } from '@waybill/rpc';
import type { ServiceDefinition } from '@waybill/service';
import { registryFrom } from './config.ts';
import { selectorHandlers } from './rpc/selector-handlers.ts';

export const selectorService: ServiceDefinition = {
  name: 'selector',
  async start({ configuration, clock, log }) {
    const { unservedVersions } = configuration;
    if (unservedVersions.length > 0)
      log.warn({ models: unservedVersions }, 'a registry pins models that are not served');
    const registry = registryFrom(configuration);
    const prices = priceBook(configuration.models);
    const handlers = selectorHandlers({ registry, prices, clock });
    return { offers: [offer(SelectorServiceDefinition, handlers)] };
  },
};
