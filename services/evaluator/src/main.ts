import { run } from '@waybill/service';
import { evaluatorService } from './service.ts';

await run([evaluatorService]);
