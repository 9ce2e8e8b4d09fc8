// SelectorService over the registry, the price book and what was learnt of health.
import type { SelectorServiceDefinition } from '@waybill/contracts';
import { type Clock, FaultError, fault } from '@waybill/kernel';
import type { PriceBook } from '@waybill/rating';
import type { Handlers } from '@waybill/rpc';
import { beginProbe, type HealthByModel, learn } from '../core/health.ts';
import { listModels } from '../core/listing.ts';
import { rank } from '../core/rank.ts';
import type { Registry } from '../core/registry.ts';

export interface SelectorParts {
  readonly registry: Registry;
  readonly prices: PriceBook;
  readonly clock: Clock;
}

export function selectorHandlers({ registry, prices, clock }: SelectorParts): Handlers<SelectorServiceDefinition> {
  const health: HealthByModel = new Map();
  const createdAtMicros = clock.nowMicros();
  return {
    async rank(request) {
      const nowMicros = clock.nowMicros();
      const ranking = rank({ registry, prices, health, nowMicros }, request);
      if (ranking === undefined) throw unknownModel(registry, request.model);
      const [first] = ranking.candidates;
      if (first) beginProbe(health, first.modelId, nowMicros);
      return ranking;
    },
    async listModels() {
      return { models: listModels({ registry, health, nowMicros: clock.nowMicros(), createdAtMicros }) };
    },
    async reportOutcome(outcome) {
      learn(health, outcome, clock.nowMicros());
      return {};
    },
  };
}

const namesShown = 12;

function unknownModel(registry: Registry, name: string): FaultError {
  const names = [...registry.routes.keys(), ...registry.models.keys()];
  const shown = names.slice(0, namesShown).join(', ') + (names.length > namesShown ? ', …' : '');
  const message = `there is no model or route "${name}"; configured: ${shown || 'none'}`;
  return new FaultError(fault('not_found', message, { details: { field: 'model', model: name } }));
}
