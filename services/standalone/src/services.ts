// All services in the order in which they start: those that others call come first, the edge last.
import { costService } from '@waybill/cost';
import { evaluatorService } from '@waybill/evaluator';
import { gatewayService } from '@waybill/gateway';
import { providerAdapterService } from '@waybill/provider-adapter';
import { rateLimitService } from '@waybill/rate-limit';
import { selectorService } from '@waybill/selector';
import type { ServiceDefinition } from '@waybill/service';

export const services: readonly ServiceDefinition[] = [
  selectorService,
  rateLimitService,
  providerAdapterService,
  evaluatorService,
  costService,
  gatewayService,
];
